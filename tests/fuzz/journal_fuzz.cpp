#include "persistence/journal.hpp"
#include "tests/fuzz/fuzz.hpp"

using namespace stellwerk;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto bytes = text_of(data, size);
  if (auto head = head_from(bytes)) must(to_bytes(*head) == bytes);
  auto seen = entry_from(bytes);
  if (!seen) return 0;
  must(seen->hash.size() == 32 && seen->hash.size() + seen->stored.size() == size);
  auto again = stored_form(*seen);
  auto hash = std::string{seen->hash} + again;
  auto copy = entry_from(hash);
  must(copy && copy->seq == seen->seq && copy->time == seen->time && copy->data == seen->data);
  to_entry(*seen);
  return 0;
}
