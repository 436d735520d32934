#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/field/drivers.hpp"

/// Where a bus may connect to.
namespace stellwerk {

/// Both families in one form: IPv4 as ::ffff:a.b.c.d.
using ip_bytes = std::array<std::uint8_t, 16>;

/// Empty if `text` is no address of either family.
std::optional<ip_bytes> ip_from(std::string_view text);

/// `198.51.100.0/24`, `2001:db8::/32`.
struct ip_network {
  ip_bytes first{};
  std::uint8_t bits = 128;

  bool holds(const ip_bytes& address) const;
};
std::optional<ip_network> network_from(std::string_view cidr);

/// Loopback, link-local and private networks, and those of the options.
bool allowed_host(const ip_bytes& address, const field_options& options);

/// Paths are those of the options: `allowed_networks[0]`.
problems check(const field_options& options);
/// Whether it is an allowed address or may be a name. What a name means is looked at when it is
/// connected to. `path` is empty if all is well.
problems check_host(const std::string& host, const field_options& options);

/// Names become addresses on a thread of their own, since no system call does that within a
/// deadline. At most one runs: a further call waits for the same.
class host_lookup {
 public:
  struct found {
    std::vector<std::string> addresses;  // in order of preference, as text
    std::string why;                     // there is none
  };
  /// At once for an address.
  found resolve(const std::string& host, std::chrono::milliseconds within);

 private:
  std::shared_future<found> running_;
};

}  // namespace stellwerk
