#include "persistence/watermark.hpp"

#include <string>

#include "monitoring/failpoint.hpp"
#include "persistence/big_endian.hpp"

namespace stellwerk {

std::optional<std::uint64_t> watermark::read() const {
  std::string bytes(16, '\0');
  std::ifstream in{file_, std::ios::binary};
  if (!in.read(bytes.data(), 16)) return {};
  std::string_view rest = bytes;
  auto mark = *take_big_endian<std::uint64_t>(rest);
  auto inverted = *take_big_endian<std::uint64_t>(rest);
  if (mark != ~inverted) return {};
  return mark;
}

void watermark::write(std::uint64_t mark) {
  // in | out: made by `app` if need be, never cut off before it is overwritten
  if (!out_.is_open()) {
    std::ofstream{file_, std::ios::binary | std::ios::app};
    out_.open(file_, std::ios::binary | std::ios::in | std::ios::out);
  }
  if (fails_at(failpoint::mark_before_write)) return;
  auto bytes = to_big_endian(mark);
  append_big_endian(bytes, ~mark);
  out_.seekp(0);
  out_.write(bytes.data(), 16);
  out_.flush();
}

}  // namespace stellwerk
