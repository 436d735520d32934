#include <gmock/gmock.h>

#include <iterator>

#include "actors/model/commands.hpp"
#include "persistence/repository.hpp"
#include "tests/persistence/backup_stage.hpp"

/// What a restore refuses: damaged backups, and places that are not free.
namespace stellwerk {
namespace {

namespace fs = std::filesystem;

struct backup_restore_test : backup_stage {
  void SetUp() override {
    backup_stage::SetUp();
    for (int i = 0; i < 20; ++i) put("key-" + std::to_string(i), "value");
    measure(3, 30);
    EXPECT_TRUE((*store_db)->Flush({}, store_db->family(0)).ok());
    put("one", "more");
    backup = made();
  }
  fs::path manifest() const { return backups / (backup.id + ".manifest"); }
  static std::string bytes_of(const fs::path& file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
  }
  void expect_refused(errc code, const std::string& where) {
    auto refused = restored(backup.id);
    ASSERT_FALSE(refused) << where;
    EXPECT_TRUE(is(refused.error(), code)) << where << ": " << render(refused.error());
    EXPECT_FALSE(fs::exists(place)) << where;
    EXPECT_FALSE(fs::exists(place.string() + ".restoring")) << where;
  }
  /// Its digest made right again, as somebody with a knife would.
  void forge(const std::function<void(backup_manifest&)>& how) {
    auto content = backup;
    how(content);
    std::string sha256;
    std::ofstream{manifest(), std::ios::binary} << to_bytes(content, sha256);
  }
  backup_manifest backup;
};

TEST_F(backup_restore_test, refuses_a_backup_with_a_flipped_bit_in_any_file) {
  ASSERT_GT(backup.files.size(), 8u);
  for (auto& one : backup.files) {
    for (auto at : {std::uint64_t{0}, one.size / 2, one.size - 1}) {
      flip(pool_file(one), at);
      EXPECT_TRUE(is(checked(backup.id), errc::invalid)) << one.path;
      expect_refused(errc::invalid, one.path);
      flip(pool_file(one), at);
    }
  }
  EXPECT_FALSE(checked(backup.id));
  EXPECT_TRUE(restored(backup.id));
}

TEST_F(backup_restore_test, refuses_a_backup_with_a_file_that_is_missing_cut_or_longer) {
  for (auto& one : backup.files) {
    auto aside = folder.path() / "aside";
    fs::rename(pool_file(one), aside);
    EXPECT_TRUE(is(checked(backup.id), errc::invalid)) << one.path;
    expect_refused(errc::invalid, one.path + " missing");
    fs::copy(aside, pool_file(one));
    fs::resize_file(pool_file(one), one.size - 1);
    EXPECT_TRUE(is(checked(backup.id), errc::invalid)) << one.path;
    expect_refused(errc::invalid, one.path + " cut");
    fs::resize_file(pool_file(one), one.size + 1);
    expect_refused(errc::invalid, one.path + " longer");
    fs::remove(pool_file(one));
    fs::rename(aside, pool_file(one));
  }
  EXPECT_TRUE(restored(backup.id));
}

TEST_F(backup_restore_test, refuses_a_manifest_with_any_bit_flipped_or_cut_anywhere) {
  auto whole = bytes_of(manifest());
  for (std::size_t at = 0; at < whole.size(); at += 7) {
    auto flipped = whole;
    flipped[at] = static_cast<char>(flipped[at] ^ 1);
    EXPECT_FALSE(manifest_from(flipped)) << at;
    EXPECT_FALSE(manifest_from(whole.substr(0, at))) << at;
  }
  EXPECT_TRUE(manifest_from(whole));
  EXPECT_FALSE(manifest_from(whole + whole));
  flip(manifest(), whole.size() / 2);
  expect_refused(errc::invalid, "flipped");
  fs::remove(manifest());
  expect_refused(errc::not_found, "partial: without a manifest there is no backup");
}

TEST_F(backup_restore_test, writes_nowhere_but_where_a_backup_may) {
  for (auto* path :
       {"../stray", "store/../../stray", "/tmp/stray", "store/.hidden", "store/a/b", "store/",
        "signing.key", "secrets/signing.key", "storeX/1", ""}) {
    forge([&](backup_manifest& content) { content.files.back().path = path; });
    expect_refused(errc::invalid, path);
  }
  forge([](backup_manifest& content) { content.files.push_back(content.files.back()); });
  expect_refused(errc::invalid, "twice");
  forge([](backup_manifest& content) { content.files.front().sha256 = "../../stray"; });
  expect_refused(errc::invalid, "a digest that is none");
  forge([](backup_manifest& content) { content.version = 3; });
  expect_refused(errc::invalid, "of a later version");
  forge([](backup_manifest& content) { content.seq += 1; });
  expect_refused(errc::invalid, "more promised than there is");
  forge([](backup_manifest& content) { content.id = uuid_v4(); });
  expect_refused(errc::invalid, "of another backup");
}

TEST_F(backup_restore_test, takes_a_backup_of_the_first_version) {
  forge([](backup_manifest& content) { content.version = 1; });
  EXPECT_FALSE(checked(backup.id));
  EXPECT_TRUE(restored(backup.id));
}

TEST_F(backup_restore_test, brings_the_configuration_back_beside_the_data) {
  configuration = "site = \"main\"\n# by hand\n";
  auto with_it = made();
  ASSERT_TRUE(restored(with_it.id));
  EXPECT_EQ(bytes_of(place / "stellwerk.toml"), configuration);
  EXPECT_EQ(
      fs::status(place / "stellwerk.toml").permissions(),
      fs::perms::owner_read | fs::perms::owner_write
  );
  EXPECT_FALSE(fs::exists(data / "stellwerk.toml"));
}

/// What waited then may have been carried out since: it is decided by reading back.
TEST_F(backup_restore_test, lets_no_command_run_a_second_time) {
  constexpr repository<command_record> open{"command-open"};
  constexpr repository<command_record> ended{"command"};
  auto put_command = [&](auto& kind, const std::string& id, command_status status) {
    command_record one;
    one.id = id;
    one.channel = "setpoint";
    one.status = status;
    one.value = 5.0;
    put(kind.key("dev-1/" + id), json::encode(one));
  };
  put_command(open, "1", command_status::accepted);
  put_command(open, "2", command_status::queued);
  put_command(open, "3", command_status::sent);
  put_command(ended, "4", command_status::done);
  backup = made();
  auto entries = store->head().seq;
  auto report = restored(backup.id);
  ASSERT_TRUE(report) << render(report.error());
  EXPECT_EQ(report->entries, entries + 3);  // the restore and two that are sent now
  auto after = found().documents;
  auto status_of = [&](auto& kind, const std::string& id) {
    auto key = kind.key("dev-1/" + id);
    auto one = kind.decode({key, after[key], 0});
    EXPECT_TRUE(one) << id;
    return one ? one->status : command_status::failed;
  };
  for (auto* id : {"1", "2", "3"}) EXPECT_EQ(status_of(open, id), command_status::sent) << id;
  EXPECT_EQ(status_of(ended, "4"), command_status::done);
}

TEST_F(backup_restore_test, goes_to_a_place_of_its_own_only) {
  auto refused_at = [&](const fs::path& where, const char* why) {
    auto refused = restore_backup({backups, backup.id, where}, now);
    ASSERT_FALSE(refused) << why;
    EXPECT_TRUE(is(refused.error(), errc::conflict)) << why;
    EXPECT_THAT(refusal_of(refused.error()).detail, testing::HasSubstr(why));
  };
  close();
  refused_at(data, "not empty");
  std::ofstream{place} << "a file";
  refused_at(place, "no folder");
  fs::remove(place);
  fs::create_directory(folder.path() / "elsewhere");
  fs::create_directory_symlink(folder.path() / "elsewhere", place);
  refused_at(place, "no folder");
  fs::remove(place);
  fs::create_directory(place.string() + ".restoring");
  refused_at(place, "under way");
  EXPECT_TRUE(fs::exists(place.string() + ".restoring")) << "it may be another's";
  fs::remove(place.string() + ".restoring");
  fs::create_directory(place);  // empty
  EXPECT_TRUE(restored(backup.id));
  EXPECT_EQ(fs::status(place).permissions(), fs::perms::owner_all);
}

}  // namespace
}  // namespace stellwerk
