#include "persistence/sample_records.hpp"
#include "persistence/sample_sources.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace stellwerk;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto bytes = text_of(data, size);
  if (auto key = chunk_key_from(bytes)) must(to_bytes(*key) == bytes);
  if (auto record = log_record_from(bytes)) {
    auto written = to_log_bytes(record->items, record->arrived);
    auto again = log_record_from(written);
    must(again && to_log_bytes(again->items, again->arrived) == written);
  }
  if (auto record = series_record_from(bytes, 7)) {
    auto written = to_bytes(*record);
    auto again = series_record_from(written, 7);
    must(again && to_bytes(*again) == written);
  }
  if (auto record = source_record_from(bytes)) {
    auto written = to_bytes(*record);
    auto again = source_record_from(written);
    must(again && to_bytes(*again) == written);
  }
  return 0;
}
