#include "actors/access/address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <optional>

namespace stellwerk {

namespace {

using ipv4 = std::array<std::uint8_t, 4>;
using ipv6 = std::array<std::uint8_t, 16>;

std::optional<ipv6> ipv6_of(const std::string& text) {
  ipv6 bytes{};
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) return {};
  return bytes;
}

/// Also of ::ffff:a.b.c.d.
std::optional<ipv4> ipv4_of(const std::string& text) {
  ipv4 bytes{};
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return bytes;
  constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  auto wide = ipv6_of(text);
  if (!wide || !std::equal(mapped.begin(), mapped.end(), wide->begin())) return {};
  std::copy(wide->begin() + 12, wide->end(), bytes.begin());
  return bytes;
}

}  // namespace

std::string limit_key(std::string_view address) {
  std::string text{address};
  std::array<char, INET6_ADDRSTRLEN> out{};
  if (ipv4 bytes{}; inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return text;
  if (auto four = ipv4_of(text)) return inet_ntop(AF_INET, four->data(), out.data(), out.size());
  auto six = ipv6_of(text);
  if (!six) return text;
  std::fill(six->begin() + 8, six->end(), std::uint8_t{0});
  return inet_ntop(AF_INET6, six->data(), out.data(), out.size()) + std::string{"/64"};
}

bool is_loopback(std::string_view address) {
  std::string text{address};
  if (auto four = ipv4_of(text)) return (*four)[0] == 127;
  ipv6 one{};
  one.back() = 1;
  return ipv6_of(text) == one;
}

}  // namespace stellwerk
