#include "gateway/client_address.hpp"

#include <algorithm>
#include <charconv>
#include <ranges>

#include "actors/model/codec_scalars.hpp"

namespace stellwerk::gateway {

namespace ip = boost::asio::ip;

namespace {

constexpr std::size_t forwards_max = 32;

std::optional<ip::address> address_from(std::string_view text) {
  boost::system::error_code ec;
  auto made = ip::make_address(std::string{text}, ec);
  if (ec || text.find('%') != text.npos) return {};
  if (made.is_v6() && made.to_v6().is_v4_mapped())
    return ip::make_address_v4(ip::v4_mapped, made.to_v6());
  return made;
}

bool in_any(const address_ranges& ranges, const ip::address& one) {
  return std::ranges::any_of(ranges, [&](auto& range) { return range.contains(one); });
}

std::string_view trimmed(std::string_view text) {
  auto first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// The bits of an address, most significant first.
std::vector<std::uint8_t> bytes_of(const ip::address& one) {
  if (one.is_v4()) {
    auto bytes = one.to_v4().to_bytes();
    return {bytes.begin(), bytes.end()};
  }
  auto bytes = one.to_v6().to_bytes();
  return {bytes.begin(), bytes.end()};
}

}  // namespace

std::optional<address_range> address_range::from(std::string_view text) {
  auto slash = text.find('/');
  auto address = address_from(text.substr(0, slash));
  if (!address) return {};
  address_range made;
  made.network_ = *address;
  made.prefix_ = address->is_v4() ? 32 : 128;
  if (slash == text.npos) return made;
  auto digits = text.substr(slash + 1);
  unsigned prefix = 0;
  auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), prefix);
  if (bad != std::errc{} || end != digits.data() + digits.size() || prefix > made.prefix_)
    return {};
  made.prefix_ = prefix;
  return made;
}

bool address_range::contains(const ip::address& one) const {
  if (one.is_v4() != network_.is_v4()) return false;
  auto mine = bytes_of(network_);
  auto theirs = bytes_of(one);
  for (unsigned bit = 0; bit < prefix_; ++bit) {
    auto mask = static_cast<std::uint8_t>(0x80u >> (bit % 8));
    if (((mine[bit / 8] ^ theirs[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

address_ranges ranges_from(const std::vector<std::string>& texts) {
  address_ranges made;
  for (auto& text : texts)
    if (auto range = address_range::from(text)) made.push_back(*range);
  return made;
}

std::string client_address(const http_request& request, const address_ranges& trusted) {
  auto peer = address_from(request.peer);
  if (trusted.empty() || !peer || !in_any(trusted, *peer)) return request.peer;
  std::vector<ip::address> hops;
  for (auto& [name, value] : request.fields) {
    if (name != "x-forwarded-for") continue;
    for (auto part : std::views::split(std::string_view{value}, ',')) {
      auto hop = address_from(trimmed({part.begin(), part.end()}));
      if (!hop || hops.size() == forwards_max) return request.peer;
      hops.push_back(*hop);
    }
  }
  for (auto& hop : std::views::reverse(hops))
    if (!in_any(trusted, hop)) return hop.to_string();
  if (!hops.empty()) return request.peer;
  auto real = address_from(request.field("x-real-ip"));
  return real ? real->to_string() : request.peer;
}

bool came_by_tls(const http_request& request, const address_ranges& trusted) {
  auto peer = address_from(request.peer);
  auto by_proxy = peer && in_any(trusted, *peer);
  return request.tls || (by_proxy && request.field("x-forwarded-proto") == "https");
}

bool is_own_host(std::string_view host, const std::vector<std::string>& names) {
  auto name = host;
  if (auto colon = host.rfind(':'); colon != host.npos && host.find(']', colon) == host.npos) {
    auto port = host.substr(colon + 1);
    if (!std::ranges::all_of(port, [](char c) { return c >= '0' && c <= '9'; })) return false;
    name = host.substr(0, colon);
  }
  if (name.starts_with('[') && name.ends_with(']')) name = name.substr(1, name.size() - 2);
  auto lower = json::lower(name);
  return lower == "localhost" ||
         std::ranges::any_of(names, [&](auto& one) { return json::lower(one) == lower; }) ||
         address_from(name);
}

}  // namespace stellwerk::gateway
