#pragma once

#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http.hpp"

namespace stellwerk::gateway {

/// One address or a network: `10.0.0.7`, `10.0.0.0/8`, `fd00::/8`.
class address_range {
 public:
  static std::optional<address_range> from(std::string_view text);
  bool contains(const boost::asio::ip::address& one) const;

 private:
  boost::asio::ip::address network_;
  unsigned prefix_ = 0;
};
using address_ranges = std::vector<address_range>;
/// REQUIRES: each text is a range.
address_ranges ranges_from(const std::vector<std::string>& texts);

/// Who really calls: the socket's peer, unless that is a trusted proxy. Then `X-Forwarded-For`,
/// walked from the right past trusted addresses to the first other one; without it a single
/// `X-Real-IP`. Whatever is malformed there leaves it at the peer.
std::string client_address(const http_request& request, const address_ranges& trusted);

/// Did the client use TLS, up to us or up to a trusted proxy that says so in `X-Forwarded-Proto`?
bool came_by_tls(const http_request& request, const address_ranges& trusted);

/// Is `host` (a `Host` field) ours? Addresses always are: what rebinds DNS must use a name.
bool is_own_host(std::string_view host, const std::vector<std::string>& names);

}  // namespace stellwerk::gateway
