#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <fstream>
#include <iostream>

#include "persistence/data_check.hpp"
#include "tests/durability/recorded_history.hpp"
#include "tests/durability/recorded_store.hpp"
#include "tests/rounds.hpp"
#include "tests/temporary_folder.hpp"

/// A database as a killed process left it, damaged in one place: that is told, or harms nothing.
namespace stellwerk {
namespace {

namespace fs = std::filesystem;

/// Some of it in tables, some of these compacted, several logs in use, a watermark that is behind.
template <class Recorded>
void fill(Recorded& made, std::mt19937_64& draw) {
  constexpr int groups = 160;
  for (int group = 1; group <= groups; ++group) {
    ASSERT_TRUE(made.write(draw));
    auto& db = *made.db;
    for (std::size_t at = 0; at < made.families; ++at) {
      auto flushes = group % 20 == 10 && draw() % 2 == 0;
      if (flushes) {
        ASSERT_TRUE(db->Flush({}, db.family(at)).ok());
      }
      if (group == groups / 2 && at % 2 == 0) {
        ASSERT_TRUE(db->CompactRange({}, db.family(at), nullptr, nullptr).ok());
      }
    }
    if (group == groups - 10) made.write_mark();
  }
}

struct image_file {
  fs::path path;
  std::string bytes;
};

std::string read_all(const fs::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

/// What is worth damaging, by kind; each kind is chosen as often as the others.
constexpr std::array kinds{".log", ".sst", "MANIFEST", "CURRENT", "OPTIONS", "WATERMARK"};

class damage_test : public testing::Test {
 protected:
  /// Keeps what lies in the folder of a running database.
  void keep_image(const fs::path& folder) {
    name = folder.filename();
    for (auto& one : fs::directory_iterator{folder})
      if (one.path().filename() != "LOCK" && one.path().filename() != "LOG")
        files.push_back({one.path().filename(), read_all(one.path())});
    for (auto* kind : kinds)
      ASSERT_TRUE(std::ranges::any_of(files, [&](auto& one) { return is(one, kind); })) << kind;
  }
  static bool is(const image_file& file, const char* kind) {
    return file.path.string().find(kind) != std::string::npos && !file.bytes.empty();
  }

  /// As it was kept.
  void copy_to(const fs::path& data) const {
    fs::create_directories(data / name);
    for (auto& one : files) std::ofstream{data / name / one.path, std::ios::binary} << one.bytes;
  }
  /// The image with one damage, in a folder of its own; says which.
  std::string damage(std::mt19937_64& draw, const fs::path& data) {
    auto* kind = kinds[draw() % kinds.size()];
    std::vector<std::size_t> which;
    for (std::size_t at = 0; at < files.size(); ++at)
      if (is(files[at], kind)) which.push_back(at);
    auto chosen = which[draw() % which.size()];
    copy_to(data);
    auto bytes = files[chosen].bytes;
    auto how = harmed(draw, bytes) + " of " + files[chosen].path.string();
    std::ofstream{data / name / files[chosen].path, std::ios::binary} << bytes;
    return how;
  }
  static std::string harmed(std::mt19937_64& draw, std::string& bytes) {
    constexpr std::size_t block = 4096;
    auto at = draw() % bytes.size();
    switch (draw() % 3) {
      case 0:
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << draw() % 8));
        return "bit flipped at " + std::to_string(at);
      case 1:
        at -= at % block;
        std::fill_n(
            bytes.begin() + static_cast<long>(at), std::min(block, bytes.size() - at), '\0'
        );
        return "block zeroed at " + std::to_string(at);
      default:
        bytes.resize(at);
        return "truncated to " + std::to_string(at);
    }
  }

  template <class Recorded>
  void expect_no_wrong_data(const Recorded& made) {
    temporary_folder whole;
    copy_to(whole.path());
    EXPECT_TRUE(check_data(whole.path()).empty());
    auto unharmed = made.look(whole.path(), made.acknowledged);
    ASSERT_EQ(unharmed.what, outcome::harmless) << unharmed.why;
    std::map<std::string, std::array<int, outcome_names.size()>> counts;
    auto count = rounds(250, 10'000);
    for (int seed = 0; seed < count; ++seed) {
      std::mt19937_64 draw{static_cast<std::uint64_t>(seed)};
      temporary_folder data;
      auto what = damage(draw, data.path());
      auto checked = seed % 4 == 0;
      auto named = checked && !check_data(data.path()).empty();
      auto seen = made.look(data.path(), made.marked);
      EXPECT_NE(seen.what, outcome::wrong) << "seed " << seed << ", " << what << ": " << seen.why;
      if (seen.what == outcome::refused) {
        EXPECT_NE(seen.why.find((data.path() / name).string()), std::string::npos) << seen.why;
      }
      auto told = seen.what == outcome::refused || seen.what == outcome::read_error;
      EXPECT_TRUE(named || !checked || !told) << what << " is not found: " << seen.why;
      auto* kind =
          *std::ranges::find_if(kinds, [&](auto* one) { return what.find(one) != what.npos; });
      ++counts[kind][static_cast<std::size_t>(seen.what)];
    }
    std::cout << name.string() << ", " << count << " damages:\n";
    for (auto& [kind, all] : counts) {
      std::cout << "  " << kind << ':';
      for (std::size_t one = 0; one < all.size(); ++one)
        std::cout << ' ' << all[one] << ' ' << outcome_names[one]
                  << (one + 1 < all.size() ? "," : "\n");
    }
  }

  fs::path name;
  std::vector<image_file> files;
};

TEST_F(damage_test, store_tells_of_damage_or_is_not_harmed) {
  temporary_folder data;
  recorded_store made{data.path()};
  std::mt19937_64 draw{1};
  ASSERT_NO_FATAL_FAILURE(fill(made, draw));
  ASSERT_TRUE((*made.db)->PauseBackgroundWork().ok());  // else files go while they are copied
  keep_image(data.path() / "store");
  ASSERT_TRUE((*made.db)->ContinueBackgroundWork().ok());
  expect_no_wrong_data(made);
}

TEST_F(damage_test, history_tells_of_damage_or_is_not_harmed) {
  temporary_folder data;
  recorded_history made{data.path()};
  std::mt19937_64 draw{2};
  ASSERT_NO_FATAL_FAILURE(fill(made, draw));
  ASSERT_TRUE((*made.db)->PauseBackgroundWork().ok());  // else files go while they are copied
  keep_image(data.path() / "history");
  ASSERT_TRUE((*made.db)->ContinueBackgroundWork().ok());
  expect_no_wrong_data(made);
}

struct data_check_test : damage_test {
  void SetUp() override {
    recorded_store documents{data.path()};
    recorded_history measured{data.path()};
    std::mt19937_64 draw{3};
    fill(documents, draw);
    fill(measured, draw);
  }
  std::vector<std::string> places() const {
    std::vector<std::string> all;
    for (auto& one : check_data(data.path())) all.push_back(one.where);
    return all;
  }
  temporary_folder data;
};

TEST_F(data_check_test, finds_all_whole_and_changes_nothing) {
  auto before = fs::last_write_time(data.path() / "store");
  EXPECT_TRUE(check_data(data.path()).empty());
  EXPECT_EQ(fs::last_write_time(data.path() / "store"), before);
}

TEST_F(data_check_test, names_each_file_that_is_damaged) {
  std::vector<std::string> harmed;
  for (auto* part : {"store", "history"})
    for (auto& one : fs::directory_iterator{data.path() / part})
      if (one.path().extension() == ".sst" || one.path().filename().string().starts_with("MANI")) {
        auto bytes = read_all(one.path());
        bytes[bytes.size() / 2] ^= 1;
        std::ofstream{one.path(), std::ios::binary} << bytes;
        harmed.push_back(std::string{part} + '/' + one.path().filename().string());
      }
  EXPECT_THAT(places(), testing::IsSupersetOf(harmed));
}

TEST_F(data_check_test, refuses_what_is_in_use_or_not_there) {
  auto db = open_store(data.path());
  EXPECT_THROW(check_data(data.path() / "else"), storage_error);
}

}  // namespace
}  // namespace stellwerk
