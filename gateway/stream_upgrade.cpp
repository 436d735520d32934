#include "gateway/stream_upgrade.hpp"

#include <algorithm>
#include <ranges>

#include "actors/model/codec_scalars.hpp"
#include "gateway/cors.hpp"

namespace stellwerk::gateway {

namespace {

/// 16 bytes in base64: 22 letters and `==`.
bool is_key(std::string_view key) {
  auto letter = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' ||
           c == '/';
  };
  return key.size() == 24 && key.ends_with("==") && std::ranges::all_of(key.substr(0, 22), letter);
}

bool is_own_origin(const http_request& request, const address_ranges& trusted_proxies) {
  auto own = std::string{came_by_tls(request, trusted_proxies) ? "https://" : "http://"};
  return request.field("origin") == own.append(request.field("host"));
}

http_answer refused(http_errc code, const http_request& request) {
  auto made = problem_answer(code, request.request_id);
  if (code == http_errc::upgrade_required) {
    made.fields.push_back({"Upgrade", "websocket"});
    made.fields.push_back({"Sec-WebSocket-Version", "13"});
  }
  if (code == http_errc::method_not_allowed) made.fields.push_back({"Allow", "GET"});
  return made;
}

}  // namespace

bool lists_word(const http_request& request, std::string_view field, std::string_view word) {
  for (auto& [name, value] : request.fields) {
    if (name != field) continue;
    for (auto part : std::views::split(std::string_view{value}, ',')) {
      auto text = json::lower({part.begin(), part.end()});
      std::erase_if(text, [](char c) { return c == ' ' || c == '\t'; });
      if (text == word) return true;
    }
  }
  return false;
}

std::optional<http_answer> upgrade_fault(
    const http_request& request, const std::vector<std::string>& origins,
    const address_ranges& trusted_proxies
) {
  if (request.method != http_method::get) return refused(http_errc::method_not_allowed, request);
  if (!lists_word(request, "upgrade", "websocket") ||
      !lists_word(request, "connection", "upgrade") ||
      request.field("sec-websocket-version") != "13")
    return refused(http_errc::upgrade_required, request);
  if (!is_key(request.field("sec-websocket-key"))) return refused(http_errc::bad_request, request);
  if (request.count("sec-websocket-protocol") != 0 &&
      !lists_word(request, "sec-websocket-protocol", stream_protocol))
    return refused(http_errc::bad_request, request);
  if (request.count("origin") != 0 && !is_own_origin(request, trusted_proxies) &&
      !is_listed_origin(request, origins))
    return problem_answer(errc::forbidden, request.request_id);
  return {};
}

}  // namespace stellwerk::gateway
