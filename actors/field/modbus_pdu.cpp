#include "actors/field/modbus_pdu.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace stellwerk {

namespace {

constexpr std::uint8_t exception_bit = 0x80;

std::uint8_t high(std::size_t word) { return static_cast<std::uint8_t>(word >> 8 & 0xFF); }
std::uint8_t low(std::size_t word) { return static_cast<std::uint8_t>(word & 0xFF); }
std::uint16_t word_at(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

std::uint8_t read_function(register_table table) {
  switch (table) {
    case register_table::coil:
      return 1;
    case register_table::discrete:
      return 2;
    case register_table::holding:
      return 3;
    case register_table::input:
      break;
  }
  return 4;
}

std::optional<modbus_exception> exception_in(
    std::span<const std::uint8_t> answer, std::uint8_t function
) {
  if (answer.size() != 2 || answer[0] != (function | exception_bit)) return {};
  return modbus_exception{answer[1]};
}

}  // namespace

std::array<std::uint8_t, 5> read_pdu(
    register_table table, std::uint16_t first, std::uint16_t count
) {
  return {read_function(table), high(first), low(first), high(count), low(count)};
}

pdu_bytes write_pdu(
    register_table table, std::uint16_t first, std::span<const std::uint16_t> what
) {
  auto coil = table == register_table::coil;
  if (what.size() == 1) {
    auto word = coil ? (what[0] != 0 ? 0xFF00 : 0) : what[0];
    auto function = std::uint8_t{coil ? std::uint8_t{5} : std::uint8_t{6}};
    return {function, high(first), low(first), high(word), low(word)};
  }
  auto count = what.size();
  auto bytes = coil ? (count + 7) / 8 : count * 2;
  auto function = std::uint8_t{coil ? std::uint8_t{15} : std::uint8_t{16}};
  pdu_bytes pdu{function, high(first), low(first), high(count), low(count), low(bytes)};
  auto data = pdu.size();
  pdu.resize(data + bytes);
  for (std::size_t i = 0; i < count; ++i) {
    if (coil) {
      auto& byte = pdu[data + i / 8];
      byte = static_cast<std::uint8_t>(byte | (what[i] != 0) << i % 8);
    } else {
      pdu[data + i * 2] = high(what[i]);
      pdu[data + i * 2 + 1] = low(what[i]);
    }
  }
  return pdu;
}

std::string to_text(modbus_exception e) {
  static constexpr std::array<std::string_view, 12> words{
      "",
      "illegal function",
      "illegal data address",
      "illegal data value",
      "device failure",
      "accepted, takes long",
      "device busy",
      "negative acknowledge",
      "memory parity error",
      "",
      "gateway path unavailable",
      "gateway target does not respond"};
  std::string text = "exception " + std::to_string(e.code);
  if (e.code < words.size() && !words[e.code].empty()) text += ": " + std::string{words[e.code]};
  return text;
}

read_answer parse_read(std::span<const std::uint8_t> answer, const read_request& asked) {
  auto function = read_function(asked.table);
  if (auto refused = exception_in(answer, function)) return *refused;
  auto bits = holds_bits(asked.table);
  auto bytes = bits ? (asked.count + 7u) / 8u : asked.count * 2u;
  if (answer.size() != 2 + bytes || answer[0] != function || answer[1] != bytes)
    return not_an_answer{};
  auto data = answer.subspan(2);
  std::vector<std::uint16_t> words(asked.count);
  for (std::size_t i = 0; i < words.size(); ++i)
    words[i] = bits ? static_cast<std::uint16_t>(data[i / 8] >> i % 8 & 1) : word_at(data, i * 2);
  return words;
}

write_answer parse_write(std::span<const std::uint8_t> answer, const pdu_bytes& asked) {
  if (auto refused = exception_in(answer, asked[0])) return *refused;
  // Both forms repeat the function, the address, and the value or the count.
  auto echo = std::span{asked}.first(5);
  if (std::ranges::equal(answer, echo)) return acknowledged{};
  return not_an_answer{};
}

std::span<const std::uint8_t> framed(
    frame_buffer& into, std::uint16_t transaction, std::uint8_t unit,
    std::span<const std::uint8_t> pdu
) {
  auto length = pdu.size() + 1;
  into[0] = high(transaction);
  into[1] = low(transaction);
  into[2] = into[3] = 0;
  into[4] = high(length);
  into[5] = low(length);
  into[6] = unit;
  std::ranges::copy(pdu, into.begin() + header_bytes);
  return std::span{into}.first(header_bytes + pdu.size());
}

std::optional<std::size_t> frame_size(std::span<const std::uint8_t> head) {
  constexpr std::size_t before_length = 6;
  if (head.size() < before_length) return header_bytes + 1;
  auto size = before_length + word_at(head, 4);
  if (word_at(head, 2) != 0 || size <= header_bytes || size > frame_bytes_max) return {};
  return size;
}

std::span<const std::uint8_t> unframed(
    std::span<const std::uint8_t> frame, std::uint16_t transaction, std::uint8_t unit
) {
  auto whole = frame.size() > header_bytes && frame_size(frame) == frame.size() &&
               word_at(frame, 0) == transaction && frame[6] == unit;
  return whole ? frame.subspan(header_bytes) : std::span<const std::uint8_t>{};
}

}  // namespace stellwerk
