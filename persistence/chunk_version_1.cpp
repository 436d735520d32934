#include "persistence/chunk_version_1.hpp"

#include <zstd.h>

#include <string>

#include "persistence/bytes.hpp"
#include "persistence/chunk_values.hpp"

namespace stellwerk::chunk {

namespace {

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

}  // namespace

bool decode_version_1(std::string_view bytes, samples& run) {
  constexpr std::uint8_t zstd = 1;
  byte_reader in{bytes};
  in.byte();
  auto packing = in.byte();
  in.varint();
  auto first = in.signed_varint();
  in.signed_varint();
  auto body_bytes = in.varint();
  auto begin = plus(first, in.signed_varint());
  if (!in.good() || packing > zstd || body_bytes > run.size() * (value::text_bytes_max + 32))
    return false;
  auto rest = bytes.substr(bytes.size() - in.left());
  std::string body;
  if (packing == zstd) {
    body.resize(static_cast<std::size_t>(body_bytes));
    auto size = ZSTD_decompress(body.data(), body.size(), rest.data(), rest.size());
    if (ZSTD_isError(size) != 0 || size != body.size()) return false;
    rest = body;
  } else if (rest.size() != body_bytes) {
    return false;
  }
  byte_reader parts{rest};
  read_times(parts, run, begin);
  return read_qualities(parts, run) && read_values(parts, run) && parts.good() && parts.at_end();
}

}  // namespace stellwerk::chunk
