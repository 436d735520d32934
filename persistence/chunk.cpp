#include "persistence/chunk.hpp"

#include <zstd.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "persistence/chunk_values.hpp"

namespace stellwerk::chunk {

namespace {

// Persistent: never reuse a number.
constexpr std::uint8_t version = 1;
enum class packing : std::uint8_t { plain = 0, zstd = 1 };

constexpr std::size_t body_bytes_max = samples_max * (value::text_bytes_max + 32);
std::int64_t ms_of(const sample& s) { return s.time.time_since_epoch().count(); }

void write_times(byte_writer& out, std::span<const sample> run) {
  std::int64_t before = ms_of(run.front());
  std::int64_t step = 0;
  for (auto& s : run.subspan(1)) {
    auto now = minus(ms_of(s), before);
    out.signed_varint(minus(now, step));
    step = now;
    before = ms_of(s);
  }
}

void write_qualities(byte_writer& out, std::span<const sample> run) {
  for (std::size_t at = 0; at < run.size();) {
    auto end = at;
    while (end < run.size() && run[end].quality == run[at].quality) ++end;
    out.byte(static_cast<std::uint8_t>(run[at].quality));
    out.varint(end - at);
    at = end;
  }
}

void read_times(byte_reader& in, samples& run, std::int64_t first) {
  std::int64_t at = first;
  std::int64_t step = 0;
  run.front().time = wall_time{std::chrono::milliseconds{at}};
  for (std::size_t i = 1; i < run.size(); ++i) {
    step = plus(step, in.signed_varint());
    at = plus(at, step);
    run[i].time = wall_time{std::chrono::milliseconds{at}};
  }
}

bool read_qualities(byte_reader& in, samples& run) {
  for (std::size_t at = 0; at < run.size();) {
    auto what = in.byte();
    auto length = in.varint();
    if (!in.good() || what > 3 || length == 0 || length > run.size() - at) return false;
    for (; length > 0; --length) run[at++].quality = static_cast<quality>(what);
  }
  return true;
}

struct header {
  packing how{};
  std::uint32_t count = 0;
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::uint64_t body_bytes = 0;
};

std::optional<header> read_header(byte_reader& in) {
  auto format = in.byte();
  auto how = in.byte();
  header h{static_cast<packing>(how), static_cast<std::uint32_t>(in.varint()), 0, 0, 0};
  h.first = in.signed_varint();
  h.last = plus(h.first, in.signed_varint());
  h.body_bytes = in.varint();
  auto good = in.good() && format == version && how <= 1 && h.count >= 1 &&
              h.count <= samples_max && h.body_bytes <= body_bytes_max;
  if (!good) return {};
  return h;
}

struct free_context {
  void operator()(ZSTD_CCtx* c) const { ZSTD_freeCCtx(c); }
};

/// Smaller, or empty.
std::string packed(const std::string& body) {
  thread_local std::unique_ptr<ZSTD_CCtx, free_context> context{ZSTD_createCCtx()};
  std::string out(ZSTD_compressBound(body.size()), '\0');
  auto size = ZSTD_compressCCtx(context.get(), out.data(), out.size(), body.data(), body.size(), 3);
  if (ZSTD_isError(size) != 0 || size >= body.size()) return {};
  out.resize(size);
  return out;
}

}  // namespace

std::string encode(std::span<const sample> run) {
  std::string body;
  byte_writer parts{body};
  write_times(parts, run);
  write_qualities(parts, run);
  write_values(parts, run);
  auto smaller = packed(body);
  auto [low, high] = std::ranges::minmax(run, {}, [](auto& s) { return s.time; });
  std::string out;
  byte_writer head{out};
  head.byte(version);
  head.byte(static_cast<std::uint8_t>(smaller.empty() ? packing::plain : packing::zstd));
  head.varint(run.size());
  head.signed_varint(ms_of(low));
  head.signed_varint(minus(ms_of(high), ms_of(low)));
  head.varint(body.size());
  head.signed_varint(minus(ms_of(run.front()), ms_of(low)));
  out += smaller.empty() ? body : smaller;
  return out;
}

caf::expected<samples> decode(std::string_view bytes, std::uint32_t series) {
  auto broken = [] { return refuse(errc::internal, "a chunk is damaged"); };
  byte_reader in{bytes};
  auto h = read_header(in);
  if (!h) return broken();
  auto begin = plus(h->first, in.signed_varint());
  if (!in.good()) return broken();
  auto rest = bytes.substr(bytes.size() - in.left());
  std::string body;
  if (h->how == packing::zstd) {
    body.resize(static_cast<std::size_t>(h->body_bytes));
    auto size = ZSTD_decompress(body.data(), body.size(), rest.data(), rest.size());
    if (ZSTD_isError(size) != 0 || size != body.size()) return broken();
    rest = body;
  } else if (rest.size() != h->body_bytes) {
    return broken();
  }
  byte_reader parts{rest};
  samples run(h->count);
  for (auto& s : run) s.series = series;
  read_times(parts, run, begin);
  auto good =
      read_qualities(parts, run) && read_values(parts, run) && parts.good() && parts.at_end();
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
