#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "nodes/sim/tank.hpp"

namespace stellwerk::sim {

/// Exception codes of the Modbus application protocol V1.1b3, section 7.
enum class modbus_exception : std::uint8_t {
  illegal_function = 1,
  illegal_address = 2,
  illegal_value = 3,
  device_failure = 4,
  no_such_unit = 11,  // "gateway target device failed to respond"
};

using pdu_bytes = std::vector<std::uint8_t>;

/// The answer that refuses a request of `function` with the exception `code`.
pdu_bytes refusal(std::uint8_t function, std::uint8_t code);

/// A write that was carried out; coils have the values 0 and 1.
struct modbus_write {
  std::uint8_t function = 0;
  std::uint16_t address = 0;
  std::vector<std::uint16_t> values;
};

bool is_write(std::span<const std::uint8_t> pdu);

struct unit_answer {
  pdu_bytes pdu;
  std::optional<modbus_write> written;
};

/// One Modbus unit in front of a tank: request PDU in, answer PDU out; no sockets, no clock.
/// Functions 1-6, 15, 16, 22, 23. Addresses, as on the wire:
///   coil 0 pump · discrete input 0 over-temperature
///   input 0 temperature (int16, 0.1 °C) · 1 level (uint16, 0.1 %) · 2 flow (uint16, 0.01 l/min)
///   input 100..199 the number of requests so far, plus 0..99: shows torn and repeated answers
///   holding 0 setpoint (int16, 0.1 °C) · 1 valve (uint16, 0.1 %) · 100..199 free, keep what is
///   written
/// Holding registers take any value, as those of a PLC do; the tank obeys as far as it can.
class modbus_unit {
 public:
  explicit modbus_unit(std::uint32_t seed);

  void advance_to(std::chrono::milliseconds since_start) { tank_.advance_to(since_start); }

  /// `pdu`: function code and data, 1..253 bytes. A refused write changes nothing.
  unit_answer answer(std::span<const std::uint8_t> pdu);

  std::uint16_t setpoint() const { return holding_[0]; }
  std::uint16_t valve() const { return holding_[1]; }
  bool pump() const { return pump_; }
  std::uint16_t input(std::uint16_t address) const { return read_input(address).value_or(0); }

 private:
  using pdu_view = std::span<const std::uint8_t>;
  using cell = std::optional<std::uint16_t>;  // nothing: there is no such address

  cell read_coil(std::uint16_t address) const;
  cell read_discrete(std::uint16_t address) const;
  cell read_input(std::uint16_t address) const;
  cell read_holding(std::uint16_t address) const;

  unit_answer read_bits(pdu_view pdu, cell (modbus_unit::*read)(std::uint16_t) const) const;
  unit_answer read_registers(pdu_view pdu, cell (modbus_unit::*read)(std::uint16_t) const) const;
  unit_answer write_coil(pdu_view pdu);
  unit_answer write_register(pdu_view pdu);
  unit_answer write_coils(pdu_view pdu);
  unit_answer write_registers(pdu_view pdu);
  unit_answer mask_register(pdu_view pdu);
  unit_answer write_and_read(pdu_view pdu);
  bool store(std::uint16_t address, const std::vector<std::uint16_t>& values);
  void obey();

  tank tank_;
  std::uint16_t requests_ = 0;
  bool pump_ = false;
  std::array<std::uint16_t, 102> holding_{};  // setpoint, valve, the free block
};

}  // namespace stellwerk::sim
