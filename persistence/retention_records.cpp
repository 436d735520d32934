#include "persistence/retention_records.hpp"

#include "persistence/big_endian.hpp"
#include "persistence/bytes.hpp"

namespace stellwerk {

namespace {

// Persistent: never reuse.
constexpr std::uint8_t state_version_1 = 1;  // the same bytes, of one `kept from` for all series
constexpr std::uint8_t state_version = 2;
constexpr std::uint8_t kept_version = 1;

std::int64_t ms_of(wall_time when) { return when.time_since_epoch().count(); }
wall_time time_of(std::int64_t ms) { return wall_time{std::chrono::milliseconds{ms}}; }

}  // namespace

std::string kept_key(std::uint32_t series) {
  return std::string{kept_prefix} + to_big_endian(series);
}

std::string to_bytes(const retention_state& state) {
  std::string bytes;
  byte_writer out{bytes};
  out.byte(state_version);
  out.signed_varint(ms_of(state.kept_from));
  out.signed_varint(ms_of(state.last_run.value_or(wall_time{})));
  out.signed_varint(ms_of(state.dropped.before));
  out.varint(state.dropped.chunks);
  out.varint(state.dropped.samples);
  out.byte(state.dropped.by_quota ? 1 : 0);
  return bytes;
}

std::optional<retention_state> retention_state_from(std::string_view bytes) {
  byte_reader in{bytes};
  auto version = in.byte();
  retention_state state;
  state.kept_from = time_of(in.signed_varint());
  state.last_run = time_of(in.signed_varint());
  state.dropped.before = time_of(in.signed_varint());
  state.dropped.chunks = in.varint();
  state.dropped.samples = in.varint();
  state.dropped.by_quota = in.byte() != 0;
  auto known = version == state_version || version == state_version_1;
  if (!known || !in.good() || !in.at_end()) return {};
  return state;
}

std::string to_bytes(const kept_record& record) {
  std::string bytes;
  byte_writer out{bytes};
  out.byte(kept_version);
  out.signed_varint(ms_of(record.from));
  out.byte(record.word ? 1 : 0);
  out.text(record.word.value_or(""));
  return bytes;
}

std::optional<kept_record> kept_record_from(std::string_view bytes) {
  byte_reader in{bytes};
  auto known = in.byte() == kept_version;
  kept_record record;
  record.from = time_of(in.signed_varint());
  auto named = in.byte() != 0;
  std::string word{in.text()};
  if (named) record.word = std::move(word);
  if (!known || !in.good() || !in.at_end()) return {};
  return record;
}

}  // namespace stellwerk
