#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "actors/model/codec.hpp"

namespace stellwerk::gateway {

// g++ 12 crashes on a braced list as default of a described member: hence a function.
inline std::vector<std::string> default_listen() { return {"http://127.0.0.1:8080"}; }

/// `[gateway]`. Each list has at most 100 entries.
struct gateway_options {
  std::vector<std::string> listen = default_listen();  // https:// needs [tls]
  std::vector<std::string> trusted_proxies;  // addresses or networks; their X-Forwarded-For counts
  std::vector<std::string> allowed_origins;  // full origins, compared byte for byte
  std::vector<std::string> allowed_hosts;    // beside localhost, the host's name and addresses
  bounded<std::uint32_t, 1, 100'000> connections_max = 20'000;
  bounded<std::uint32_t, 1, 100'000> connections_per_address_max = 200;
  bounded<std::uint32_t, 0, 64> io_threads = 0;  // 0: one a core
};
BOOST_DESCRIBE_STRUCT(
    gateway_options, (),
    (listen, trusted_proxies, allowed_origins, allowed_hosts, connections_max,
     connections_per_address_max, io_threads)
)

std::size_t io_threads_of(const gateway_options& options);

/// `[tls]`: PEM files.
struct tls_options {
  std::string certificate;
  std::string key;
};
BOOST_DESCRIBE_STRUCT(tls_options, (), (certificate, key))

/// `[metrics]`. Empty: no listener.
struct metrics_options {
  std::string listen = "127.0.0.1:9464";
};
BOOST_DESCRIBE_STRUCT(metrics_options, (), (listen))

/// Rules across fields.
problems check(const gateway_options& options, const tls_options& tls);
problems check(const metrics_options& options);

struct listen_address {
  boost::asio::ip::tcp::endpoint endpoint;
  bool tls = false;
};
/// `http://127.0.0.1:8080`, `https://[::]:8443`: an address, not a name; port 0 is any free one.
std::optional<listen_address> listen_address_from(std::string_view url);
/// `127.0.0.1:9464`
std::optional<boost::asio::ip::tcp::endpoint> endpoint_from(std::string_view text);
std::string to_text(const boost::asio::ip::tcp::endpoint& at);

}  // namespace stellwerk::gateway
