#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "actors/history/historian.hpp"
#include "tests/actor_test.hpp"
#include "tests/actors/access/memory_store.hpp"
#include "tests/temporary_folder.hpp"

namespace stellwerk {

/// A historian and its reader on a folder of the test's own, to be closed and opened at will.
class history_stage : public actor_test {
 protected:
  using series_time = std::pair<std::uint32_t, wall_time>;

  void open(const sample_limits& limits = {}, rocksdb::Env* env = nullptr) {
    auto db = open_history(folder.path(), env);
    opened = db;
    auto writer = std::make_shared<sample_writer>(db, limits);
    auto store = own(sys.spawn(memory_store, journal));
    compactor = own(sys.spawn(history_compactor, db, tools));
    auto word_of = [this](std::uint32_t series) {
      auto said = words.find(series);
      return said == words.end() ? std::nullopt : std::optional{said->second};
    };
    history_keeping keeping{
        keeps ? std::make_shared<sample_retention>(db, word_of) : nullptr,
        keeps.value_or(retention_rule{}), store, compactor};
    auto made = own(sys.spawn(stellwerk::historian, std::move(writer), std::move(keeping), tools));
    heads = made;
    historian = made;
    reader = own(sys.spawn(history_reader, std::move(db), heads, store, tools));
    settle();
  }
  void close(caf::exit_reason how = caf::exit_reason::user_shutdown) {
    end(reader, how);
    heads = head_source_actor{};
    end(historian, how);
    end(compactor, how);
  }

  caf::expected<post_answer> append(samples items, std::optional<source_stamp> stamp = {}) {
    return ask<post_answer>(
        historian, append_samples{nullptr, std::move(stamp), std::move(items), {}}
    );
  }
  caf::expected<range_page> page(read_range what) {
    return ask<range_page>(reader, std::move(what));
  }
  /// All of `series`, page by page by the cursor's rule, `limit` at a time.
  samples all_of(std::vector<std::uint32_t> series, std::uint32_t limit = 10'000) {
    samples all;
    read_range what{std::move(series), wall_time::min(), wall_time::max(), limit, 0};
    for (bool more = true; more;) {
      auto next = page(what);
      EXPECT_TRUE(next) << render(next.error());
      if (!next) break;
      for (auto& one : next->items) {
        what.skip = !all.empty() && all.back().time == one.time ? what.skip + 1 : 1;
        what.from = one.time;
        all.push_back(std::move(one));
      }
      more = next->more;
    }
    return all;
  }
  std::map<series_time, value> content(const std::vector<std::uint32_t>& series) {
    std::map<series_time, value> found;
    for (auto& one : all_of(series))
      EXPECT_TRUE(found.emplace(series_time{one.series, one.time}, one.value).second) << "twice";
    return found;
  }

  temporary_folder folder;
  std::shared_ptr<memory_disk> journal = std::make_shared<memory_disk>();
  std::optional<retention_rule> keeps;
  std::map<std::uint32_t, std::string> words;  // what channels say of retention, by series
  std::weak_ptr<const database> opened;
  historian_actor historian;
  head_source_actor heads;
  history_reader_actor reader;
  compactor_actor compactor;
};

inline wall_time at_ms(std::int64_t ms) {
  return wall_time{std::chrono::milliseconds{1'700'000'000'000 + ms}};
}
inline sample sample_at(std::uint32_t series, std::int64_t ms, value what) {
  return {series, quality::good, at_ms(ms), std::move(what)};
}

}  // namespace stellwerk
