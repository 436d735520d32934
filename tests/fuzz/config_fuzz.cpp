#include <fstream>

#include "nodes/config_source.hpp"
#include "tests/fuzz/fuzz.hpp"
#include "tests/temporary_folder.hpp"

using namespace stellwerk;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const temporary_folder folder;
  auto read = [&](std::string_view text, config_complaints& wrong) {
    auto file = (folder.path() / "stellwerk.toml").string();
    std::ofstream{file, std::ios::binary} << text;
    config_source source;
    add_toml(source, file, wrong);
    return source;
  };
  config_complaints wrong;
  auto source = read(text_of(data, size), wrong);
  if (!wrong.empty()) return 0;
  auto written = to_toml(source.content);
  auto again = read(written, wrong);
  must(wrong.empty() && to_toml(again.content) == written);
  return 0;
}
