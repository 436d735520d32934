#include "nodes/sim/modbus_frame.hpp"

#include <algorithm>

namespace stellwerk::sim {

cut_frame first_frame(std::span<const std::uint8_t> bytes) {
  if (bytes.size() < modbus_frame::header_bytes) return {};
  auto word = [bytes](std::size_t at) {
    return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
  };
  auto total = 6u + word(4);  // the length counts from the unit id on
  if (word(2) != 0 || total <= modbus_frame::header_bytes || total > modbus_frame::bytes_max)
    return {.state = frame_state::wrong};
  if (bytes.size() < total) return {};
  auto pdu = bytes.first(total).subspan(modbus_frame::header_bytes);
  return {frame_state::whole, total, modbus_frame{word(0), bytes[6], pdu}};
}

std::vector<std::uint8_t> to_bytes(const modbus_frame& frame) {
  auto length = frame.pdu.size() + 1;
  std::vector<std::uint8_t> bytes(modbus_frame::header_bytes + frame.pdu.size());
  bytes[0] = static_cast<std::uint8_t>(frame.transaction >> 8);
  bytes[1] = static_cast<std::uint8_t>(frame.transaction & 0xFF);
  bytes[4] = static_cast<std::uint8_t>(length >> 8);
  bytes[5] = static_cast<std::uint8_t>(length & 0xFF);
  bytes[6] = frame.unit;
  std::ranges::copy(frame.pdu, bytes.begin() + modbus_frame::header_bytes);
  return bytes;
}

}  // namespace stellwerk::sim
