#include "gateway/request_head.hpp"

#include <openssl/evp.h>

#include <array>
#include <charconv>
#include <limits>

#include "actors/model/codec_scalars.hpp"
#include "actors/model/ids.hpp"

namespace stellwerk::gateway {

namespace {

constexpr std::size_t key_length_max = 128;

bool announces_body(const http_request& request) {
  auto length = request.field("content-length");
  return request.count("transfer-encoding") != 0 || (!length.empty() && length != "0");
}

std::optional<std::uint64_t> revision_of(std::string_view if_match) {
  if (if_match.empty() || if_match == "*") return {};
  constexpr auto never = std::numeric_limits<std::uint64_t>::max();
  if (if_match.size() < 3 || if_match.front() != '"' || if_match.back() != '"') return never;
  std::uint64_t revision = 0;
  auto last = if_match.data() + if_match.size() - 1;
  auto [end, bad] = std::from_chars(if_match.data() + 1, last, revision);
  return bad == std::errc{} && end == last ? revision : never;
}

}  // namespace

std::string_view bearer_token(const http_request& request) {
  auto value = request.field("authorization");
  constexpr std::string_view scheme = "bearer ";
  if (json::lower(value.substr(0, scheme.size())) != scheme) return {};
  return value.substr(scheme.size());
}

std::string media_type_of(const http_request& request) {
  auto type = json::lower(request.field("content-type"));
  std::erase(type, ' ');
  std::erase(type, '"');
  constexpr std::string_view usual = ";charset=utf-8";
  if (type.ends_with(usual)) type.resize(type.size() - usual.size());
  return type;
}

caf::error head_problems(
    const http_request& request, bool has_body, std::string_view also_takes, call_context& context
) {
  auto coding = request.field("content-encoding");
  if (has_body && announces_body(request)) {
    auto type = media_type_of(request);
    auto known = type == "application/json" || (!also_takes.empty() && type == also_takes);
    if (!known) return refuse(errc::unsupported_type);
  }
  if (request.count("content-encoding") != 0 && json::lower(coding) != "identity")
    return refuse(errc::unsupported_type);
  context.if_match = revision_of(request.field("if-match"));
  if (request.count("idempotency-key") == 0 || request.method != http_method::post) return {};
  auto key = request.field("idempotency-key");
  if (key.empty() || key.size() > key_length_max || !allows(charset::name, key))
    return refuse(
        errc::invalid,
        problems{
            {"Idempotency-Key", "bad_format", "is not a key",
             "1 to 128 of letters, digits, _ and -"}}
    );
  context.idempotency_key = key;
  return {};
}

std::string hash_of(const http_request& request, std::string_view body) {
  std::string all{request.target};
  all += '\n';
  all += body;
  std::array<std::uint8_t, 32> hash{};
  unsigned size = 0;
  EVP_Digest(all.data(), all.size(), hash.data(), &size, EVP_sha256(), nullptr);
  return to_hex(hash);
}

}  // namespace stellwerk::gateway
