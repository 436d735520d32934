#pragma once

#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "actors/model/error.hpp"
#include "actors/model/events.hpp"
#include "actors/model/ids.hpp"
#include "persistence/backup_job.hpp"
#include "persistence/backup_restore.hpp"
#include "persistence/sample_writer.hpp"
#include "persistence/store_writer.hpp"
#include "tests/temporary_folder.hpp"

namespace stellwerk {

/// Store and history of a node without its actors, and what was acknowledged of them: each series
/// is named in the store before a sample bears its number, as devices do it.
class backup_stage : public testing::Test {
 protected:
  struct things {
    std::map<std::string, std::string> documents;
    std::map<std::uint32_t, std::int64_t> samples;  // series → its newest value
    std::uint64_t seq = 0;
  };

  void SetUp() override { open(); }
  void open() {
    store_db = open_store(data);
    history_db = open_history(data);
    store = std::make_unique<store_writer>(store_db, "main", once_limits{});
    history = std::make_unique<sample_writer>(history_db, sample_limits{});
  }
  void close() {
    store.reset();
    history.reset();
    store_db.reset();
    history_db.reset();
  }

  /// A document and its event, durable.
  void put(const std::string& key, const std::string& value) {
    commit what{{}, {{key, value}}, {make_event(event_type::device_updated, key, nullptr)}, {}};
    ASSERT_TRUE(store->add(what, now));
    ASSERT_TRUE(store->write());
    acknowledged.documents[key] = value;
    acknowledged.seq = store->head().seq;
    mark_of(*store_db).write(store->durable_revision());
  }
  void measure(std::uint32_t series, std::int64_t number) {
    put("series-" + std::to_string(series), "named");
    sample one;
    one.series = series;
    one.time = now + std::chrono::milliseconds{number};
    one.value = number;
    ASSERT_EQ(history->add({one}), 1u);
    ASSERT_TRUE(history->write(now));
    acknowledged.samples[series] = number;
    history->write_mark();
  }

  backup_wish wish(std::uint64_t reserve = 0) {
    now += std::chrono::seconds{1};
    return {data,     history_db, store_db, uuid_v7(now),  "main",
            "a note", now,        reserve,  configuration, keeper.key()};
  }
  /// Makes one; `between` happens before each of its steps.
  caf::expected<sealed_manifest> make(
      backup_wish what, const std::function<void()>& between = [] {}
  ) {
    backup_job job{backups, std::move(what)};
    for (;;) {
      between();
      auto more = job.step();
      if (!more) return more.error();
      if (!*more) return job.made();
    }
  }
  backup_manifest made() {
    auto one = make(wish());
    EXPECT_TRUE(one) << render(one.error());
    return one ? one->content : backup_manifest{};
  }
  caf::error checked(const std::string& id) {
    auto found = keeper.unlock(id);
    if (!found) return found.error();
    auto as_it = keeper.of(*found);
    backup_check check{as_it, std::move(found->content), backup_check::extent::all};
    for (;;) {
      auto more = check.step();
      if (!more) return more.error();
      if (!*more) return {};
    }
  }
  caf::expected<restore_report> restored(const std::string& id) {
    return restore_backup({backups, id, place, keeper.key()}, now);
  }

  /// What a node finds that starts on `place`.
  things found() {
    things all;
    auto documents_db = open_store(place);
    std::unique_ptr<rocksdb::Iterator> row{
        (*documents_db)->NewIterator({}, family(*documents_db, store_family::documents))};
    for (row->SeekToFirst(); row->Valid(); row->Next())
      all.documents[row->key().ToString()] = row->value().ToString().substr(8);
    all.seq = read_head(*documents_db)->seq;
    sample_writer measured{open_history(place), {}};
    for (std::uint32_t series = 0; series < 1'000; ++series)
      if (auto* newest = measured.heads().latest(series))
        all.samples[series] = *newest->value.as<std::int64_t>();
    return all;
  }

  /// From now on; null: none.
  void use_key(backup_key_ptr key) { keeper = backup_folder{backups, std::move(key)}; }
  std::filesystem::path pool_file(const backup_file& one) const { return keeper.file(one.sha256); }
  std::size_t pool_size() const {
    return static_cast<std::size_t>(std::distance(
        std::filesystem::directory_iterator{backups / "files"},
        std::filesystem::directory_iterator{}
    ));
  }

  temporary_folder folder;
  std::filesystem::path data = folder.path() / "data";
  std::filesystem::path backups = folder.path() / "backups";
  std::filesystem::path place = folder.path() / "restored";
  backup_folder keeper{backups};
  std::string configuration;
  wall_time now{std::chrono::sys_days{std::chrono::year{2026} / 11 / 21}};
  database_ptr store_db, history_db;
  std::unique_ptr<store_writer> store;
  std::unique_ptr<sample_writer> history;
  things acknowledged;
};

/// Exchanges a bit in the middle of a file; a second time puts it right again.
inline void flip(const std::filesystem::path& file, std::uint64_t at) {
  std::fstream io{file, std::ios::in | std::ios::out | std::ios::binary};
  io.seekg(static_cast<std::streamoff>(at));
  auto byte = static_cast<char>(io.get() ^ 1);
  io.seekp(static_cast<std::streamoff>(at));
  io.put(byte);
}

}  // namespace stellwerk
