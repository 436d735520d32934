#include "persistence/rollup_records.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace stellwerk;

/// The first byte says which level.
int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  auto& span = rollup_spans[data[0] % rollup_spans.size()];
  auto bytes = text_of(data + 1, size - 1);
  if (auto key = rollup_key_from(bytes)) must(to_bytes(*key) == bytes);
  auto row = rollup_row_from(bytes, span);
  if (!row) return 0;
  must(row->size() == span.slots());
  total_of(*row);
  auto written = to_bytes(*row);
  auto again = rollup_row_from(written, span);
  must(again.has_value());
  must(to_bytes(*again) == written);
  return 0;
}
