#include <algorithm>

#include "persistence/chunk.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace stellwerk;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto bytes = text_of(data, size);
  auto run = chunk::decode(bytes, 7);
  auto summary = chunk::summary_of(bytes);
  if (!run) return 0;
  must(!run->empty() && run->size() <= chunk::samples_max && summary.count == run->size());
  auto written = chunk::encode(*run);
  auto again = chunk::decode(written, 7);
  must(again && again->size() == run->size());
  must(chunk::encode(*again) == written);
  return 0;
}
