#include "actors/model/json.hpp"
#include "actors/model/samples_json.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace stellwerk;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = text_of(data, size);
  problem why;
  auto value = json::parse(text, why);
  post_samples plain;
  auto quick = json::read_plain(text, plain);
  must(value || !quick);  // what the quick reader takes, the strict one takes
  if (!value) return 0;
  auto written = json::to_text(*value);
  auto again = json::parse(written, why, {4 * written.size() + 1, 64});
  must(again && json::to_text(*again) == written);
  if (!quick) return 0;
  post_samples full;
  json::reader reader;
  json::read(*value, full, reader);
  must(reader.take().empty() && full.samples.size() == plain.samples.size());
  must(json::encode(full.samples) == json::encode(plain.samples));
  return 0;
}
