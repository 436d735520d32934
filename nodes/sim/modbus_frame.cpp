#include "nodes/sim/modbus_frame.hpp"

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
  std::vector<std::uint8_t> bytes{
      static_cast<std::uint8_t>(frame.transaction >> 8),
      static_cast<std::uint8_t>(frame.transaction & 0xFF),
      0,
      0,
      static_cast<std::uint8_t>(length >> 8),
      static_cast<std::uint8_t>(length & 0xFF),
      frame.unit,
  };
  bytes.insert(bytes.end(), frame.pdu.begin(), frame.pdu.end());
  return bytes;
}

}  // namespace stellwerk::sim
