#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "actors/field/poll_plan.hpp"

/// Requests and answers of Modbus without their frame (application protocol V1.1b3, section 6).
namespace stellwerk {

using pdu_bytes = std::vector<std::uint8_t>;

/// Functions 1 to 4.
std::array<std::uint8_t, 5> read_pdu(
    register_table table, std::uint16_t first, std::uint16_t count
);

/// Functions 5 and 15 of coils, 6 and 16 of holding registers: the one for a single item, the other
/// for more. REQUIRES: a table that can be written; 1 to 123 registers, one coil.
pdu_bytes write_pdu(register_table table, std::uint16_t first, std::span<const std::uint16_t> what);

/// The unit refused: codes as in section 7.
struct modbus_exception {
  std::uint8_t code = 0;

  /// Illegal address, or illegal value: what some say to more than they can read at once.
  bool of_address() const { return code == 2 || code == 3; }
  /// It was taken, and is or will be carried out.
  bool in_progress() const { return code == 5; }
  /// To be asked again later.
  bool busy() const { return code == 6; }
  /// What a gateway says in the place of a unit that does not answer.
  bool of_gateway() const { return code == 10 || code == 11; }
};
std::string to_text(modbus_exception e);

/// The answer is none to this request.
struct not_an_answer {};

/// One word for each register, or 0 and 1 for bits.
using read_answer = std::variant<std::vector<std::uint16_t>, modbus_exception, not_an_answer>;
read_answer parse_read(std::span<const std::uint8_t> answer, const read_request& asked);

struct acknowledged {};
using write_answer = std::variant<acknowledged, modbus_exception, not_an_answer>;
write_answer parse_write(std::span<const std::uint8_t> answer, const pdu_bytes& asked);

/// The frame of Modbus TCP: transaction, protocol 0, length, unit.
constexpr std::size_t header_bytes = 7;
constexpr std::size_t frame_bytes_max = header_bytes + 253;
using frame_buffer = std::array<std::uint8_t, frame_bytes_max>;

/// The part of `into` that is the frame. REQUIRES: a PDU of 1..253 bytes.
std::span<const std::uint8_t> framed(
    frame_buffer& into, std::uint16_t transaction, std::uint8_t unit,
    std::span<const std::uint8_t> pdu
);
/// The size that the frame beginning with `head` will have, as far as that is known: at least so
/// much. Empty if it is none.
std::optional<std::size_t> frame_size(std::span<const std::uint8_t> head);
/// The PDU of `frame`; empty if that is not exactly one whole frame of this transaction and unit.
std::span<const std::uint8_t> unframed(
    std::span<const std::uint8_t> frame, std::uint16_t transaction, std::uint8_t unit
);

}  // namespace stellwerk
