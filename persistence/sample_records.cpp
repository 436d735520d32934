#include "persistence/sample_records.hpp"

#include <bit>
#include <cmath>

#include "persistence/big_endian.hpp"
#include "persistence/bytes.hpp"
#include "persistence/chunk.hpp"
#include "persistence/chunk_values.hpp"

namespace stellwerk {

namespace {

// Persistent: never reuse a number.
constexpr std::uint8_t version = 1;
enum class kind : std::uint8_t { no = 1, yes = 2, integer = 3, real = 4, text = 5 };

std::int64_t ms_of(wall_time when) { return when.time_since_epoch().count(); }
wall_time time_of(std::int64_t ms) { return wall_time{std::chrono::milliseconds{ms}}; }

kind kind_of(const value& v) {
  if (auto* truth = v.as<bool>()) return *truth ? kind::yes : kind::no;
  if (v.as<std::int64_t>() != nullptr) return kind::integer;
  return v.as<double>() != nullptr ? kind::real : kind::text;
}

/// Time as the difference to `before`.
void write_sample(byte_writer& out, std::string& bytes, const sample& one, std::int64_t before) {
  auto what = kind_of(one.value);
  out.byte(static_cast<std::uint8_t>(
      static_cast<unsigned>(what) | static_cast<unsigned>(one.quality) << 4u
  ));
  out.signed_varint(chunk::minus(ms_of(one.time), before));
  if (what == kind::integer) out.signed_varint(*one.value.as<std::int64_t>());
  if (what == kind::real)
    append_big_endian(bytes, std::bit_cast<std::uint64_t>(*one.value.as<double>()));
  if (what == kind::text) out.text(*one.value.as<std::string>());
}

std::optional<value> read_value(byte_reader& in, unsigned what) {
  switch (static_cast<kind>(what)) {
    case kind::no:
    case kind::yes:
      return value{what == static_cast<unsigned>(kind::yes)};
    case kind::integer:
      return value{in.signed_varint()};
    case kind::real: {
      auto raw = in.raw(8);
      auto bits = take_big_endian<std::uint64_t>(raw);
      if (!bits) return {};
      return value{std::bit_cast<double>(*bits)};
    }
    case kind::text:
      return value{std::string{in.text()}};
  }
  return {};
}

bool read_sample(byte_reader& in, sample& one, std::int64_t before) {
  auto head = in.byte();
  if (head >> 4u > 3) return false;
  one.quality = static_cast<quality>(head >> 4u);
  one.time = time_of(chunk::plus(before, in.signed_varint()));
  auto content = read_value(in, head & 0xfu);
  if (!content || !in.good()) return false;
  one.value = std::move(*content);
  return true;
}

// So that negative times sort before positive ones.
constexpr std::uint64_t sign = std::uint64_t{1} << 63u;

}  // namespace

void append_sample(std::string& bytes, const sample& one, wall_time before) {
  byte_writer out{bytes};
  write_sample(out, bytes, one, ms_of(before));
}

bool take_sample(std::string_view& bytes, sample& one, wall_time before) {
  byte_reader in{bytes};
  if (!read_sample(in, one, ms_of(before))) return false;
  bytes.remove_prefix(bytes.size() - in.left());
  return true;
}

std::string to_log_bytes(std::span<const sample> items, wall_time arrived) {
  std::string bytes;
  bytes.reserve(16 + items.size() * 16);
  byte_writer out{bytes};
  out.byte(version);
  out.signed_varint(ms_of(arrived));
  out.varint(items.size());
  auto before = ms_of(arrived);
  for (auto& one : items) {
    out.varint(one.series);
    write_sample(out, bytes, one, before);
    before = ms_of(one.time);
  }
  return bytes;
}

std::optional<log_record> log_record_from(std::string_view bytes) {
  byte_reader in{bytes};
  if (in.byte() != version) return {};
  auto arrived = in.signed_varint();
  auto count = in.varint();
  if (count > in.left()) return {};  // each takes bytes: no memory for what cannot be there
  log_record record{time_of(arrived), samples(static_cast<std::size_t>(count))};
  for (auto before = arrived; auto& one : record.items) {
    auto series = in.varint();
    if (series > 0xffff'ffffu || !read_sample(in, one, before)) return {};
    one.series = static_cast<std::uint32_t>(series);
    before = ms_of(one.time);
  }
  if (!in.good() || !in.at_end()) return {};
  return record;
}

std::string to_bytes(const series_record& record) {
  std::string bytes;
  byte_writer out{bytes};
  out.byte(version);
  out.varint(record.covered);
  out.signed_varint(ms_of(record.ordered_until));
  write_sample(out, bytes, record.last, 0);
  return bytes;
}

std::optional<series_record> series_record_from(std::string_view bytes, std::uint32_t series) {
  byte_reader in{bytes};
  if (in.byte() != version) return {};
  series_record record;
  record.covered = in.varint();
  record.ordered_until = time_of(in.signed_varint());
  record.last.series = series;
  if (!read_sample(in, record.last, 0) || !in.at_end()) return {};
  return record;
}

std::string to_bytes(const chunk_key& key) {
  std::string bytes;
  append_big_endian(bytes, key.series);
  bytes += static_cast<char>(key.lane);
  append_big_endian(bytes, static_cast<std::uint64_t>(ms_of(key.first)) ^ sign);
  append_big_endian(bytes, key.written);
  return bytes;
}

std::optional<chunk_key> chunk_key_from(std::string_view bytes) {
  if (bytes.size() != 21) return {};
  chunk_key key;
  key.series = *take_big_endian<std::uint32_t>(bytes);
  auto which = *take_big_endian<std::uint8_t>(bytes);
  if (which > 1) return {};
  key.lane = static_cast<lane>(which);
  key.first = time_of(static_cast<std::int64_t>(*take_big_endian<std::uint64_t>(bytes) ^ sign));
  key.written = *take_big_endian<std::uint64_t>(bytes);
  return key;
}

std::string stored_chunk(std::span<const sample> run, std::int64_t skew_ms) {
  std::string bytes;
  byte_writer{bytes}.signed_varint(skew_ms);
  return bytes + chunk::encode(run);
}

std::string_view chunk_in(std::string_view stored) {
  byte_reader in{stored};
  in.signed_varint();
  return stored.substr(stored.size() - in.left());
}

}  // namespace stellwerk
