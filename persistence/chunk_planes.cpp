#include "persistence/chunk_planes.hpp"

#include <zstd.h>

#include <algorithm>
#include <memory>

namespace stellwerk::chunk {

namespace {

// Persistent: never reuse a number.
enum class packing : std::uint8_t { plain = 0, zstd = 1, same = 2 };

struct free_context {
  void operator()(ZSTD_CCtx* c) const { ZSTD_freeCCtx(c); }
  void operator()(ZSTD_DCtx* d) const { ZSTD_freeDCtx(d); }
};

/// Among symbols a short match costs more than the symbols themselves.
std::unique_ptr<ZSTD_CCtx, free_context> context_for(plane like) {
  std::unique_ptr<ZSTD_CCtx, free_context> made{ZSTD_createCCtx()};
  ZSTD_CCtx_setParameter(made.get(), ZSTD_c_compressionLevel, like == plane::text ? 3 : 1);
  if (like == plane::symbols) {
    ZSTD_CCtx_setParameter(made.get(), ZSTD_c_strategy, ZSTD_fast);
    ZSTD_CCtx_setParameter(made.get(), ZSTD_c_minMatch, 7);
    ZSTD_CCtx_setParameter(made.get(), ZSTD_c_hashLog, 6);
  }
  return made;
}

/// Smaller, or empty.
std::string packed(std::string_view bytes, plane like) {
  thread_local auto symbols = context_for(plane::symbols);
  thread_local auto text = context_for(plane::text);
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  auto* context = (like == plane::text ? text : symbols).get();
  auto size = ZSTD_compress2(context, out.data(), out.size(), bytes.data(), bytes.size());
  if (ZSTD_isError(size) != 0 || size + 2 >= bytes.size()) return {};
  out.resize(size);
  return out;
}

bool unpack(std::string_view bytes, std::string& room) {
  thread_local std::unique_ptr<ZSTD_DCtx, free_context> context{ZSTD_createDCtx()};
  auto size =
      ZSTD_decompressDCtx(context.get(), room.data(), room.size(), bytes.data(), bytes.size());
  return ZSTD_isError(size) == 0 && size == room.size();
}

}  // namespace

void write_plane(byte_writer& out, std::string_view bytes, plane like) {
  auto begin = [&](packing how) { out.byte(static_cast<std::uint8_t>(how)); };
  if (bytes.size() > 1 && bytes.find_first_not_of(bytes.front()) == std::string_view::npos) {
    begin(packing::same);
    return out.byte(static_cast<std::uint8_t>(bytes.front()));
  }
  auto smaller = packed(bytes, like);
  begin(smaller.empty() ? packing::plain : packing::zstd);
  if (smaller.empty())
    out.raw(bytes);
  else
    out.text(smaller);
}

std::string_view read_plane(byte_reader& in, std::size_t size, std::string& room) {
  switch (static_cast<packing>(in.byte())) {
    case packing::plain:
      return in.raw(size);
    case packing::zstd: {
      auto bytes = in.text();
      room.resize(size);
      if (in.good() && unpack(bytes, room)) return room;
      break;
    }
    case packing::same:
      room.assign(size, static_cast<char>(in.byte()));
      return room;
  }
  in.refuse();
  return {};
}

}  // namespace stellwerk::chunk
