#include "persistence/chunk.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "persistence/chunk_integers.hpp"
#include "persistence/chunk_numbers.hpp"
#include "persistence/chunk_values.hpp"
#include "persistence/chunk_version_1.hpp"

namespace stellwerk::chunk {

namespace {

// Persistent: never reuse a number.
constexpr std::uint8_t version = 2;
constexpr std::uint32_t samples_max_of_1 = 512;

std::int64_t ms_of(const sample& s) { return s.time.time_since_epoch().count(); }

void write_times(byte_writer& out, std::span<const sample> run) {
  std::vector<std::int64_t> times;
  times.reserve(run.size());
  for (auto& one : run) times.push_back(ms_of(one));
  write_integers(out, times, even_steps(times));
}

bool read_times(byte_reader& in, samples& run) {
  std::vector<std::int64_t> times(run.size());
  if (!read_integers(in, times)) return false;
  for (std::size_t i = 0; i < run.size(); ++i)
    run[i].time = wall_time{std::chrono::milliseconds{times[i]}};
  return true;
}

struct header {
  std::uint8_t version = 0;
  std::uint32_t count = 0;
  std::int64_t first = 0;
  std::int64_t last = 0;
};

std::optional<header> read_header(byte_reader& in) {
  header h;
  h.version = in.byte();
  if (h.version == 1) in.byte();
  auto count = in.varint();
  h.first = in.signed_varint();
  h.last = plus(h.first, in.signed_varint());
  auto most = h.version == 1 ? samples_max_of_1 : samples_max;
  if (!in.good() || h.version < 1 || h.version > version || count < 1 || count > most) return {};
  h.count = static_cast<std::uint32_t>(count);
  return h;
}

}  // namespace

std::string encode(std::span<const sample> run) {
  auto [low, high] = std::ranges::minmax(run, {}, [](auto& s) { return s.time; });
  std::string bytes;
  byte_writer out{bytes};
  out.byte(version);
  out.varint(run.size());
  out.signed_varint(ms_of(low));
  out.signed_varint(minus(ms_of(high), ms_of(low)));
  write_times(out, run);
  write_qualities(out, run);
  write_numbers(out, run);
  return bytes;
}

caf::expected<samples> decode(std::string_view bytes, std::uint32_t series) {
  auto broken = [] { return refuse(errc::internal, "a chunk is damaged"); };
  byte_reader in{bytes};
  auto h = read_header(in);
  if (!h) return broken();
  samples run(h->count);
  for (auto& s : run) s.series = series;
  auto good = h->version == 1 ? decode_version_1(bytes, run)
                              : read_times(in, run) && read_qualities(in, run) &&
                                    read_numbers(in, run) && in.good() && in.at_end();
  if (!good) return broken();
  return run;
}

summary summary_of(std::string_view bytes) {
  byte_reader in{bytes};
  auto h = read_header(in);
  if (!h) return {};
  using std::chrono::milliseconds;
  return {h->count, wall_time{milliseconds{h->first}}, wall_time{milliseconds{h->last}}};
}

}  // namespace stellwerk::chunk
