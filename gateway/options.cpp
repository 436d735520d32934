#include "gateway/options.hpp"

#include <algorithm>
#include <charconv>
#include <thread>

#include "gateway/client_address.hpp"

namespace stellwerk::gateway {

namespace {

constexpr std::size_t entries_max = 100;

bool is_origin(std::string_view text) {
  auto rest = text.starts_with("https://")  ? text.substr(8)
              : text.starts_with("http://") ? text.substr(7)
                                            : std::string_view{};
  return !rest.empty() && rest.find_first_of("/?#@ ") == rest.npos;
}

template <class Valid>
void check_list(
    problems& found, std::string_view name, const std::vector<std::string>& list,
    std::string_view expected, Valid valid
) {
  std::string path{name};
  if (list.size() > entries_max)
    found.push_back({path, "too_long", "too many entries", std::to_string(entries_max)});
  for (std::size_t i = 0; i < list.size() && i < entries_max; ++i)
    if (!valid(list[i]))
      found.push_back(
          {path + '[' + std::to_string(i) + ']', "bad_format", "is not understood",
           std::string{expected}}
      );
}

}  // namespace

std::size_t io_threads_of(const gateway_options& options) {
  if (options.io_threads > 0) return options.io_threads;
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 64);
}

std::optional<boost::asio::ip::tcp::endpoint> endpoint_from(std::string_view text) {
  auto colon = text.rfind(':');
  if (colon == text.npos) return {};
  auto host = text.substr(0, colon);
  auto digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (bad != std::errc{} || end != digits.data() + digits.size()) return {};
  if (host.size() > 2 && host.front() == '[' && host.back() == ']')
    host = host.substr(1, host.size() - 2);
  boost::system::error_code ec;
  auto address = boost::asio::ip::make_address(std::string{host}, ec);
  if (ec) return {};
  return boost::asio::ip::tcp::endpoint{address, port};
}

std::optional<listen_address> listen_address_from(std::string_view url) {
  bool tls = url.starts_with("https://");
  if (!tls && !url.starts_with("http://")) return {};
  auto at = endpoint_from(url.substr(tls ? 8 : 7));
  if (!at) return {};
  return listen_address{*at, tls};
}

std::string to_text(const boost::asio::ip::tcp::endpoint& at) {
  auto host = at.address().to_string();
  if (at.address().is_v6()) host = '[' + host + ']';
  return host + ':' + std::to_string(at.port());
}

problems check(const gateway_options& options, const tls_options& tls) {
  problems found;
  check_list(
      found, "listen", options.listen, "http://ADDRESS:PORT or https://ADDRESS:PORT",
      [](auto& url) { return listen_address_from(url).has_value(); }
  );
  check_list(
      found, "trusted_proxies", options.trusted_proxies, "an address or a network like 10.0.0.0/8",
      [](auto& text) { return address_range::from(text).has_value(); }
  );
  check_list(
      found, "allowed_origins", options.allowed_origins, "an origin like https://plant.example.com",
      [](auto& text) { return is_origin(text); }
  );
  if (options.listen.empty())
    found.push_back({"listen", "too_short", "is empty", "at least one address"});
  for (auto& url : options.listen)
    if (url.starts_with("https://") && (tls.certificate.empty() || tls.key.empty()))
      found.push_back({"listen", "invalid", "https:// without a certificate", "[tls]"});
  return found;
}

problems check(const metrics_options& options) {
  if (options.listen.empty() || endpoint_from(options.listen)) return {};
  return {{"listen", "bad_format", "is not understood", "ADDRESS:PORT"}};
}

}  // namespace stellwerk::gateway
