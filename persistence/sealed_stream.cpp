#include "persistence/sealed_stream.hpp"

#include <algorithm>
#include <array>

#include "actors/model/ids.hpp"

namespace stellwerk {

namespace {

constexpr std::string_view magic = "STWSEAL1";
constexpr std::size_t salt_bytes = 32;
constexpr auto chunk = std::uint64_t{sealed_stream::chunk_bytes};

/// Magic ‖ key id ‖ salt.
std::string head_of(const backup_key& key, std::string_view salt) {
  return std::string{magic}.append(*from_hex(key.id())).append(salt);
}

gcm_nonce nonce_of(std::uint64_t number, bool last) {
  gcm_nonce nonce{};
  for (std::size_t i = 0; i < sizeof number; ++i)
    nonce[10 - i] = static_cast<std::uint8_t>(number >> (8 * i));
  nonce[11] = last ? 1 : 0;
  return nonce;
}

}  // namespace

std::uint64_t sealed_stream::chunks_of(std::uint64_t plain) {
  return std::max<std::uint64_t>((plain + chunk - 1) / chunk, 1);
}

std::uint64_t sealed_stream::sealed_size(std::uint64_t plain) {
  return head_bytes + plain + chunks_of(plain) * gcm_tag_bytes;
}

std::optional<std::uint64_t> sealed_stream::plain_size(std::uint64_t sealed) {
  if (sealed < sealed_size(0)) return {};
  auto body = sealed - head_bytes;
  auto chunks = (body + chunk + gcm_tag_bytes - 1) / (chunk + gcm_tag_bytes);
  if (body < chunks * gcm_tag_bytes) return {};
  auto plain = body - chunks * gcm_tag_bytes;
  if (sealed_size(plain) != sealed) return {};
  return plain;
}

sealed_stream::sealed_stream(const backup_key& key, std::string_view what) {
  std::array<std::uint8_t, salt_bytes> salt{};
  fill_random(salt);
  std::string_view drawn{reinterpret_cast<const char*>(salt.data()), salt.size()};
  head_ = head_of(key, drawn);
  key_ = key.stream_key(drawn, what);
}

std::optional<sealed_stream> sealed_stream::from(
    const backup_key& key, std::string_view what, std::string_view head
) {
  if (head.size() != head_bytes) return {};
  auto salt = head.substr(head_bytes - salt_bytes);
  if (head != head_of(key, salt)) return {};
  return sealed_stream{std::string{head}, key.stream_key(salt, what)};
}

std::string sealed_stream::seal(std::uint64_t number, bool last, std::string_view plain) const {
  return gcm_seal(key_, nonce_of(number, last), plain);
}

bool sealed_stream::open(std::uint64_t number, bool last, std::string& text) const {
  return gcm_open(key_, nonce_of(number, last), text);
}

std::string seal_text(const backup_key& key, std::string_view what, std::string_view plain) {
  sealed_stream stream{key, what};
  auto made = stream.head();
  auto chunks = sealed_stream::chunks_of(plain.size());
  for (std::uint64_t i = 0; i < chunks; ++i)
    made += stream.seal(i, i + 1 == chunks, plain.substr(i * chunk, chunk));
  return made;
}

std::optional<std::string> open_text(
    const backup_key& key, std::string_view what, std::string_view sealed
) {
  auto size = sealed_stream::plain_size(sealed.size());
  if (!size) return {};
  auto stream = sealed_stream::from(key, what, sealed.substr(0, sealed_stream::head_bytes));
  if (!stream) return {};
  sealed.remove_prefix(sealed_stream::head_bytes);
  std::string made;
  auto chunks = sealed_stream::chunks_of(*size);
  for (std::uint64_t i = 0; i < chunks; ++i) {
    std::string piece{sealed.substr(0, chunk + gcm_tag_bytes)};
    sealed.remove_prefix(piece.size());
    if (!stream->open(i, i + 1 == chunks, piece)) return {};
    made += piece;
  }
  return made;
}

}  // namespace stellwerk
