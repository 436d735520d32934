#include "nodes/sim/modbus_unit.hpp"

#include <algorithm>
#include <cmath>

namespace stellwerk::sim {

namespace {

// Modbus application protocol V1.1b3, section 6.
constexpr std::size_t read_bits_max = 2000;
constexpr std::size_t read_registers_max = 125;
constexpr std::size_t write_bits_max = 1968;
constexpr std::size_t write_registers_max = 123;
constexpr std::size_t exchange_write_max = 121;
constexpr std::uint16_t coil_on = 0xFF00;
constexpr std::uint16_t block_first = 100;
constexpr std::uint16_t block_size = 100;

std::uint16_t word_at(std::span<const std::uint8_t> pdu, std::size_t at) {
  return static_cast<std::uint16_t>(pdu[at] << 8 | pdu[at + 1]);
}

void append_word(pdu_bytes& out, std::uint16_t word) {
  out.push_back(static_cast<std::uint8_t>(word >> 8));
  out.push_back(static_cast<std::uint8_t>(word & 0xFF));
}

unit_answer refuse(std::span<const std::uint8_t> pdu, modbus_exception code) {
  return {refusal(pdu[0], static_cast<std::uint8_t>(code)), std::nullopt};
}

bool is_refusal(const pdu_bytes& pdu) { return (pdu[0] & 0x80) != 0; }

bool within(std::size_t count, std::size_t max) { return count >= 1 && count <= max; }

/// Address plus offset; nothing when it runs past the last address there is.
std::optional<std::uint16_t> address_at(std::uint16_t first, std::size_t offset) {
  if (first + offset > 0xFFFF) return std::nullopt;
  return static_cast<std::uint16_t>(first + offset);
}

/// Where a holding register is kept: 0, 1, then the free block.
std::optional<std::size_t> holding_index(std::uint16_t address) {
  if (address <= 1) return address;
  if (address < block_first || address >= block_first + block_size) return std::nullopt;
  return 2u + address - block_first;
}

std::vector<std::uint16_t> words_from(std::span<const std::uint8_t> bytes) {
  std::vector<std::uint16_t> words(bytes.size() / 2);
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = word_at(bytes, 2 * i);
  return words;
}

std::uint16_t scaled(double value, double per_unit) {
  return static_cast<std::uint16_t>(static_cast<std::int16_t>(std::lround(value * per_unit)));
}

}  // namespace

pdu_bytes refusal(std::uint8_t function, std::uint8_t code) {
  return {static_cast<std::uint8_t>(function | 0x80), code};
}

bool is_write(std::span<const std::uint8_t> pdu) {
  static constexpr std::array<std::uint8_t, 6> functions{5, 6, 15, 16, 22, 23};
  return std::ranges::find(functions, pdu[0]) != functions.end();
}

modbus_unit::modbus_unit(std::uint32_t seed) : tank_(seed) {
  tank_controls start;
  holding_[0] = scaled(start.setpoint_c, 10);
  holding_[1] = scaled(start.valve_percent, 10);
  pump_ = start.pump_on;
  obey();
}

unit_answer modbus_unit::answer(pdu_view pdu) {
  ++requests_;
  switch (pdu[0]) {
    case 1:
      return read_bits(pdu, &modbus_unit::read_coil);
    case 2:
      return read_bits(pdu, &modbus_unit::read_discrete);
    case 3:
      return read_registers(pdu, &modbus_unit::read_holding);
    case 4:
      return read_registers(pdu, &modbus_unit::read_input);
    case 5:
      return write_coil(pdu);
    case 6:
      return write_register(pdu);
    case 15:
      return write_coils(pdu);
    case 16:
      return write_registers(pdu);
    case 22:
      return mask_register(pdu);
    case 23:
      return write_and_read(pdu);
    default:
      return refuse(pdu, modbus_exception::illegal_function);
  }
}

modbus_unit::cell modbus_unit::read_coil(std::uint16_t address) const {
  return address == 0 ? cell(pump_) : std::nullopt;
}

modbus_unit::cell modbus_unit::read_discrete(std::uint16_t address) const {
  return address == 0 ? cell(tank_.readings().over_temperature) : std::nullopt;
}

modbus_unit::cell modbus_unit::read_input(std::uint16_t address) const {
  if (address >= block_first && address < block_first + block_size)
    return static_cast<std::uint16_t>(requests_ + address - block_first);
  switch (address) {
    case 0:
      return scaled(tank_.readings().temperature_c, 10);
    case 1:
      return scaled(tank_.readings().level_percent, 10);
    case 2:
      return scaled(tank_.readings().flow_l_min, 100);
    default:
      return std::nullopt;
  }
}

modbus_unit::cell modbus_unit::read_holding(std::uint16_t address) const {
  auto index = holding_index(address);
  return index ? cell(holding_[*index]) : std::nullopt;
}

unit_answer modbus_unit::read_bits(pdu_view pdu, cell (modbus_unit::*read)(std::uint16_t) const)
    const {
  if (pdu.size() != 5) return refuse(pdu, modbus_exception::illegal_value);
  std::size_t count = word_at(pdu, 3);
  if (!within(count, read_bits_max)) return refuse(pdu, modbus_exception::illegal_value);
  auto bytes = (count + 7) / 8;
  pdu_bytes out{pdu[0], static_cast<std::uint8_t>(bytes)};
  out.resize(2 + bytes);
  for (std::size_t i = 0; i < count; ++i) {
    auto address = address_at(word_at(pdu, 1), i);
    auto bit = address ? (this->*read)(*address) : std::nullopt;
    if (!bit) return refuse(pdu, modbus_exception::illegal_address);
    out[2 + i / 8] = static_cast<std::uint8_t>(out[2 + i / 8] | *bit << i % 8);
  }
  return {std::move(out), std::nullopt};
}

unit_answer modbus_unit::read_registers(
    pdu_view pdu, cell (modbus_unit::*read)(std::uint16_t) const
) const {
  if (pdu.size() != 5) return refuse(pdu, modbus_exception::illegal_value);
  std::size_t count = word_at(pdu, 3);
  if (!within(count, read_registers_max)) return refuse(pdu, modbus_exception::illegal_value);
  pdu_bytes out{pdu[0], static_cast<std::uint8_t>(2 * count)};
  out.reserve(2 + 2 * count);
  for (std::size_t i = 0; i < count; ++i) {
    auto address = address_at(word_at(pdu, 1), i);
    auto word = address ? (this->*read)(*address) : std::nullopt;
    if (!word) return refuse(pdu, modbus_exception::illegal_address);
    append_word(out, *word);
  }
  return {std::move(out), std::nullopt};
}

unit_answer modbus_unit::write_coil(pdu_view pdu) {
  if (pdu.size() != 5) return refuse(pdu, modbus_exception::illegal_value);
  auto value = word_at(pdu, 3);
  if (value != 0 && value != coil_on) return refuse(pdu, modbus_exception::illegal_value);
  auto address = word_at(pdu, 1);
  if (address != 0) return refuse(pdu, modbus_exception::illegal_address);
  pump_ = value == coil_on;
  obey();
  return {{pdu.begin(), pdu.end()}, modbus_write{pdu[0], address, {pump_}}};
}

unit_answer modbus_unit::write_register(pdu_view pdu) {
  if (pdu.size() != 5) return refuse(pdu, modbus_exception::illegal_value);
  modbus_write write{pdu[0], word_at(pdu, 1), {word_at(pdu, 3)}};
  if (!store(write.address, write.values)) return refuse(pdu, modbus_exception::illegal_address);
  return {{pdu.begin(), pdu.end()}, std::move(write)};
}

unit_answer modbus_unit::write_coils(pdu_view pdu) {
  if (pdu.size() < 7) return refuse(pdu, modbus_exception::illegal_value);
  std::size_t count = word_at(pdu, 3);
  if (!within(count, write_bits_max) || pdu[5] != (count + 7) / 8 || pdu.size() != 6u + pdu[5])
    return refuse(pdu, modbus_exception::illegal_value);
  auto address = word_at(pdu, 1);
  if (address != 0 || count != 1) return refuse(pdu, modbus_exception::illegal_address);
  pump_ = (pdu[6] & 1) != 0;
  obey();
  return {{pdu.begin(), pdu.begin() + 5}, modbus_write{pdu[0], address, {pump_}}};
}

unit_answer modbus_unit::write_registers(pdu_view pdu) {
  if (pdu.size() < 8) return refuse(pdu, modbus_exception::illegal_value);
  std::size_t count = word_at(pdu, 3);
  if (!within(count, write_registers_max) || pdu[5] != 2 * count || pdu.size() != 6u + pdu[5])
    return refuse(pdu, modbus_exception::illegal_value);
  modbus_write write{pdu[0], word_at(pdu, 1), words_from(pdu.subspan(6))};
  if (!store(write.address, write.values)) return refuse(pdu, modbus_exception::illegal_address);
  return {{pdu.begin(), pdu.begin() + 5}, std::move(write)};
}

unit_answer modbus_unit::mask_register(pdu_view pdu) {
  if (pdu.size() != 7) return refuse(pdu, modbus_exception::illegal_value);
  auto address = word_at(pdu, 1);
  auto now = read_holding(address);
  if (!now) return refuse(pdu, modbus_exception::illegal_address);
  auto mask = word_at(pdu, 3);
  auto value = static_cast<std::uint16_t>((*now & mask) | (word_at(pdu, 5) & ~mask));
  store(address, {value});
  return {{pdu.begin(), pdu.end()}, modbus_write{pdu[0], address, {value}}};
}

unit_answer modbus_unit::write_and_read(pdu_view pdu) {
  if (pdu.size() < 12) return refuse(pdu, modbus_exception::illegal_value);
  std::size_t reads = word_at(pdu, 3);
  std::size_t writes = word_at(pdu, 7);
  if (!within(reads, read_registers_max) || !within(writes, exchange_write_max) ||
      pdu[9] != 2 * writes || pdu.size() != 10u + pdu[9])
    return refuse(pdu, modbus_exception::illegal_value);
  auto read = read_registers(pdu.first(5), &modbus_unit::read_holding);
  if (is_refusal(read.pdu)) return read;
  modbus_write write{pdu[0], word_at(pdu, 5), words_from(pdu.subspan(10))};
  if (!store(write.address, write.values)) return refuse(pdu, modbus_exception::illegal_address);
  read = read_registers(pdu.first(5), &modbus_unit::read_holding);
  read.written = std::move(write);
  return read;
}

/// All or nothing: false, and no change, when one of the addresses does not exist.
bool modbus_unit::store(std::uint16_t first, const std::vector<std::uint16_t>& values) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    auto address = address_at(first, i);
    if (!address || !holding_index(*address)) return false;
  }
  for (std::size_t i = 0; i < values.size(); ++i)
    holding_[*holding_index(static_cast<std::uint16_t>(first + i))] = values[i];
  obey();
  return true;
}

void modbus_unit::obey() {
  tank_.control({
      .setpoint_c = static_cast<std::int16_t>(setpoint()) / 10.0,
      .valve_percent = valve() / 10.0,
      .pump_on = pump_,
  });
}

}  // namespace stellwerk::sim
