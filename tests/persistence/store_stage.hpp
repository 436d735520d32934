#pragma once

#include <array>
#include <string>
#include <vector>

#include "persistence/rocksdb_store.hpp"
#include "persistence/store_reader.hpp"
#include "tests/actor_test.hpp"
#include "tests/temporary_folder.hpp"

namespace stellwerk {

struct opened_store {
  store_actor store;
  store_reader_actor reader;
};

/// An implementation of the store: how to open one on a folder.
struct store_kind {
  const char* name;
  opened_store (*open
  )(caf::actor_system&, const std::filesystem::path&, const store_options&, const instruments&);
};
inline void PrintTo(const store_kind& kind, std::ostream* out) { *out << kind.name; }

inline opened_store open_embedded(
    caf::actor_system& sys, const std::filesystem::path& folder, const store_options& options,
    const instruments& tools
) {
  auto db = open_store(folder);
  auto store = sys.spawn(rocksdb_store, db, options, tools);
  export_seal seal{options.key, options.site, "installation-1"};
  return {store, sys.spawn(store_reader, db, seal, store, tools)};
}
inline constexpr store_kind embedded{"embedded", open_embedded};
/// What store_test, store_limits_test and store_once_test ask of each: another implementation is a
/// row here. Whom its disk fails, or who reads its files, is tested beside it.
inline constexpr std::array store_kinds{embedded};
inline std::string name_of_kind(const testing::TestParamInfo<store_kind>& kind) {
  return kind.param.name;
}

/// A store and its reader on a folder of the test's own, to be closed and opened at will.
class store_stage : public actor_test {
 protected:
  void open(store_options options = {}, const store_kind& kind = embedded) {
    auto made = kind.open(sys, folder.path(), options, tools);
    store = own(std::move(made.store));
    reader = own(std::move(made.reader));
    settle();
  }
  void close(caf::exit_reason how = caf::exit_reason::user_shutdown) {
    end(reader, how);
    end(store, how);
  }

  caf::expected<committed> apply(commit what) { return ask<committed>(store, std::move(what)); }
  committed put(std::string key, std::string value) {
    auto done = apply({{}, {{std::move(key), std::move(value)}}, {}, {}});
    EXPECT_TRUE(done) << render(done.error());
    return done ? *done : committed{};
  }
  committed tell(std::vector<event> events) {
    auto done = apply({{}, {}, std::move(events), {}});
    EXPECT_TRUE(done);
    return done ? *done : committed{};
  }

  documents scanned(scan what) {
    auto found = ask<documents>(reader, std::move(what));
    EXPECT_TRUE(found);
    return found ? *found : documents{};
  }
  /// The keys below `prefix`, page by page.
  std::vector<std::string> keys(scan what) {
    std::vector<std::string> all;
    for (bool more = true; more; what.after = all.empty() ? what.after : all.back()) {
      auto page = scanned(what);
      for (auto& one : page.items) all.push_back(one.key);
      more = page.more;
    }
    return all;
  }
  std::vector<journal_entry> journal() {
    auto slice = ask<journal_slice>(reader, read_journal{});
    EXPECT_TRUE(slice);
    return slice ? slice->items : std::vector<journal_entry>{};
  }

  temporary_folder folder;
  store_actor store;
  store_reader_actor reader;
};

inline event event_about(std::string subject, event_type type = event_type::device_updated) {
  return {type, std::move(subject), {"user/1", "ada", "::1"}, "request-1", "", {R"({"a":1})"}};
}

}  // namespace stellwerk
