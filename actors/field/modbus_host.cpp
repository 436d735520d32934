#include "actors/field/modbus_host.hpp"

#include <arpa/inet.h>
#include <netdb.h>

#include <algorithm>
#include <charconv>
#include <thread>
#include <utility>

namespace stellwerk {

namespace {

constexpr std::uint8_t v4_prefix_bits = 96;

host_lookup::found look_up(const std::string& host) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (auto code = ::getaddrinfo(host.c_str(), nullptr, &hints, &list); code != 0)
    return {{}, "the name is not found: " + std::string{::gai_strerror(code)}};
  host_lookup::found all;
  for (auto* one = list; one != nullptr && all.addresses.size() < 8; one = one->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (::getnameinfo(
            one->ai_addr, one->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST
        ) == 0)
      all.addresses.emplace_back(text.data());
  }
  ::freeaddrinfo(list);
  if (all.addresses.empty()) all.why = "the name has no address";
  return all;
}

bool could_be_a_name(std::string_view host) {
  return allows(charset::dotted, host) && !host.starts_with('.') && !host.starts_with('-') &&
         host.find("..") == std::string_view::npos &&
         host.find_first_not_of("0123456789.") != std::string_view::npos;
}

}  // namespace

std::optional<ip_bytes> ip_from(std::string_view text) {
  std::string terminated{text};
  ip_bytes bytes{};
  if (::inet_pton(AF_INET6, terminated.c_str(), bytes.data()) == 1) return bytes;
  bytes = {};
  bytes[10] = bytes[11] = 0xFF;
  if (::inet_pton(AF_INET, terminated.c_str(), bytes.data() + 12) == 1) return bytes;
  return {};
}

std::optional<ip_network> network_from(std::string_view cidr) {
  auto slash = cidr.find('/');
  auto address = ip_from(cidr.substr(0, slash));
  if (!address) return {};
  auto v4 = cidr.find(':') == std::string_view::npos;
  unsigned bits = v4 ? 32 : 128;
  if (slash != std::string_view::npos) {
    auto most = bits;
    auto digits = cidr.substr(slash + 1);
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (error != std::errc{} || end != digits.data() + digits.size() || bits > most) return {};
  }
  return ip_network{*address, static_cast<std::uint8_t>(v4 ? bits + v4_prefix_bits : bits)};
}

bool ip_network::holds(const ip_bytes& address) const {
  for (std::size_t i = 0; i < bits; ++i) {
    auto mask = 0x80 >> i % 8;
    if ((first[i / 8] & mask) != (address[i / 8] & mask)) return false;
  }
  return true;
}

bool allowed_host(const ip_bytes& address, const field_options& options) {
  static constexpr std::array own{"127.0.0.0/8",    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
                                  "169.254.0.0/16", "::1/128",    "fc00::/7",      "fe80::/10"};
  auto inside = [&](std::string_view cidr) {
    auto network = network_from(cidr);
    return network && network->holds(address);
  };
  return std::ranges::any_of(own, inside) ||
         std::ranges::any_of(options.allowed_networks, [&](auto& n) { return inside(n.str()); });
}

problems check(const field_options& options) {
  problems found;
  for (std::size_t i = 0; i < options.allowed_networks.size(); ++i)
    if (!network_from(options.allowed_networks[i].str()))
      found.push_back(
          {"allowed_networks[" + std::to_string(i) + "]", "bad_format", "is no network",
           "an address and its bits, like 198.51.100.0/24"}
      );
  return found;
}

problems check_host(const std::string& host, const field_options& options) {
  if (auto address = ip_from(host)) {
    if (allowed_host(*address, options)) return {};
    return {
        {"host", "out_of_range", "is outside the networks that this site may speak to",
         "a private address, or one of devices.allowed_networks"}};
  }
  if (could_be_a_name(host)) return {};
  return {{"host", "bad_format", "is neither an address nor a name", "an IP address or a name"}};
}

host_lookup::found host_lookup::resolve(const std::string& host, std::chrono::milliseconds within) {
  if (ip_from(host)) return {{host}, {}};
  if (!running_.valid()) {
    std::packaged_task<found()> task([host] { return look_up(host); });
    running_ = task.get_future().share();
    std::thread(std::move(task)).detach();
  }
  if (running_.wait_for(within) != std::future_status::ready)
    return {{}, "the name server does not answer"};
  return std::exchange(running_, {}).get();
}

}  // namespace stellwerk
