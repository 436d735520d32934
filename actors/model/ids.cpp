#include "actors/model/ids.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <stdexcept>

namespace stellwerk {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

std::string uuid_text(std::array<std::uint8_t, 16>& bytes, std::uint8_t version) {
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0fu) | (unsigned{version} << 4u));
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3fu) | 0x80u);
  std::string text;
  text.reserve(36);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += hex_digits[bytes[i] >> 4u];
    text += hex_digits[bytes[i] & 15u];
  }
  return text;
}

}  // namespace

void fill_random(std::span<std::uint8_t> bytes) {
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    throw std::runtime_error("the system gives no random bytes");
}

std::string uuid_v4() {
  std::array<std::uint8_t, 16> bytes{};
  fill_random(bytes);
  return uuid_text(bytes, 4);
}

std::string uuid_v4_of(std::span<const std::uint8_t, 16> bytes) {
  std::array<std::uint8_t, 16> copy{};
  std::ranges::copy(bytes, copy.begin());
  return uuid_text(copy, 4);
}

std::string uuid_v7(wall_time now) {
  std::array<std::uint8_t, 16> bytes{};
  fill_random(bytes);
  auto ms = static_cast<std::uint64_t>(now.time_since_epoch().count());
  for (unsigned i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(ms >> (40 - 8 * i));
  return uuid_text(bytes, 7);
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : hex_digits.find(text[i]) == hex_digits.npos) return false;
  }
  return true;
}

std::string to_hex(std::span<const std::uint8_t> bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (auto byte : bytes) {
    text += hex_digits[byte >> 4u];
    text += hex_digits[byte & 15u];
  }
  return text;
}

std::optional<std::string> from_hex(std::string_view digits) {
  if (digits.size() % 2 != 0) return {};
  std::string bytes;
  bytes.reserve(digits.size() / 2);  // of a secret no part is left behind
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    auto high = hex_digits.find(digits[i]);
    auto low = hex_digits.find(digits[i + 1]);
    if (high == hex_digits.npos || low == hex_digits.npos) return {};
    bytes += static_cast<char>(high << 4u | low);
  }
  return bytes;
}

std::string to_base64url(std::string_view bytes) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string text;
  std::uint32_t bits = 0;
  unsigned have = 0;
  for (char byte : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(byte);
    have += 8;
    while (have >= 6) {
      have -= 6;
      text += alphabet[bits >> have & 63u];
    }
  }
  if (have > 0) text += alphabet[bits << (6 - have) & 63u];
  return text;
}

}  // namespace stellwerk
