#include <array>
#include <filesystem>
#include <fstream>

#include "actors/model/json.hpp"
#include "nodes/config_source.hpp"
#include "persistence/chunk.hpp"
#include "persistence/journal.hpp"
#include "persistence/rollup_records.hpp"
#include "persistence/sample_records.hpp"
#include "persistence/sample_sources.hpp"

/// `make_seeds FOLDER`: a few inputs for each fuzz target, in a folder of its name.
namespace stellwerk {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr wall_time begin{std::chrono::milliseconds{1'700'000'000'000}};

class seeds {
 public:
  seeds(const fs::path& folder, const char* target) : folder_(folder / target) {
    fs::create_directories(folder_);
  }
  void add(const std::string& bytes) {
    std::ofstream{folder_ / std::to_string(++count_), std::ios::binary} << bytes;
  }

 private:
  fs::path folder_;
  int count_ = 0;
};

/// One run of each kind of value.
std::vector<samples> runs() {
  std::vector<samples> all(5);
  for (int i = 0; i < 40; ++i) {
    std::array<value, 5> kinds{
        value{i / 10.0}, value{i / 3.0}, value{std::int64_t{i * i}}, value{i % 3 == 0},
        value{"text " + std::to_string(i % 4)}};
    for (std::size_t kind = 0; kind < kinds.size(); ++kind)
      all[kind].push_back({7, i == 5 ? quality::bad : quality::good, begin + i * 1s, kinds[kind]});
  }
  return all;
}

void make(const fs::path& folder) {
  seeds chunks{folder, "chunk_fuzz"}, records{folder, "sample_fuzz"}, rows{folder, "rollup_fuzz"};
  for (auto& run : runs()) {
    chunks.add(chunk::encode(run));
    records.add(to_log_bytes(run, begin));
    records.add(to_bytes(series_record{3, begin, run.front()}));
    for (std::size_t level = 0; level < rollup_spans.size(); ++level) {
      rollup_row row(rollup_spans[level].slots());
      for (auto& one : run) row[3].add(one.value);
      rows.add(static_cast<char>(level) + to_bytes(row));
    }
  }
  records.add(to_bytes(chunk_key{7, lane::late, begin, 3}));
  source_record source;
  source.window.mark(1, 5, true);
  source.last = {5, {3, {{1, "wrong_type", "It is a text"}}}};
  records.add(to_bytes(source));

  seeds journal{folder, "journal_fuzz"};
  auto entry = stored_form(
      {1,
       begin,
       "main",
       "device.updated",
       "device/tank",
       "user/1",
       "ada",
       "::1",
       "r-1",
       "",
       "{}",
       {},
       {}}
  );
  journal.add(std::string(32, 'h') + entry);
  journal.add(to_bytes(store_head{4, 5, {}}));

  seeds json{folder, "json_fuzz"};
  json.add(R"({"source":"a","epoch":1,"seq":2,"samples":[{"channel":"tank/level","value":1.5}]})");
  json.add(R"({"samples":[{"channel":"a/b","time":"2026-11-21T20:00:00.5Z","value":true}]})");
  json.add(R"({"a":[1,-2,3.25e-7,"\u00e9\ud83d\ude00\n",null,{"b":false}],"":18446744073709551615})"
  );

  seeds config{folder, "config_fuzz"};
  config.add("site = \"main\"\n[gateway]\nlisten = [\"http://127.0.0.1:8080\"]\n");
  config.add("a.b = 1\n[limits]\nwrite = 100\nx = 1.5\ny = true\nz = '''t'''\n[[d]]\nk = {l = 1}\n"
  );
}

}  // namespace
}  // namespace stellwerk

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  stellwerk::make(argv[1]);
}
