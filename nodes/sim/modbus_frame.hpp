#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace stellwerk::sim {

/// A Modbus TCP frame: transaction id, protocol id 0, length, unit id (the MBAP header of seven
/// bytes), then a PDU of 1..253 bytes.
struct modbus_frame {
  std::uint16_t transaction = 0;
  std::uint8_t unit = 0;
  std::span<const std::uint8_t> pdu;  ///< points into the bytes it was cut from

  static constexpr std::size_t header_bytes = 7;
  static constexpr std::size_t bytes_max = header_bytes + 253;
};

enum class frame_state {
  incomplete,
  whole,
  wrong,  ///< protocol id other than 0, or a length that no frame has: there is no way back in step
};

struct cut_frame {
  frame_state state = frame_state::incomplete;
  std::size_t bytes = 0;  ///< of the whole frame
  modbus_frame frame{};
};

/// Cuts the first frame off `bytes`.
cut_frame first_frame(std::span<const std::uint8_t> bytes);

std::vector<std::uint8_t> to_bytes(const modbus_frame& frame);

}  // namespace stellwerk::sim
