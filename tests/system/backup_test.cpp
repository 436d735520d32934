#include <gtest/gtest.h>

#include <fstream>

#include "actors/model/json.hpp"
#include "tests/system/kill_load.hpp"

namespace stellwerk::system_test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// Commands of a person at the machine, with a login file of its own.
class backup_drill : public testing::Test {
 protected:
  finished run(const std::vector<std::string>& arguments) {
    std::string line = "XDG_CONFIG_HOME=" + folder.path().string() + ' ' + binary("stellwerk");
    for (auto& one : arguments) line += " '" + one + '\'';
    return run_to_end({"/bin/sh", "-c", line}, 120s);
  }
  void log_in() {
    s.admin("GET", "/api/v1/devices");  // sets the site up
    auto said = run_to_end(
        {"/bin/sh", "-c",
         "printf 'grey-harbour-42\\n' | XDG_CONFIG_HOME=" + folder.path().string() + ' ' +
             binary("stellwerk") + " login ada --password-stdin --server " + s.url()}
    );
    ASSERT_EQ(said.status, 0) << said.output;
  }
  /// By where the backups lie: outside the data folder, as one would.
  static std::string options(const fs::path& safe) {
    return "[backup]\nfolder = \"" + safe.string() + "\"\nreserve_mib = 0\n";
  }

  scratch folder;
  plant p{folder.path()};
  scratch outside;
  site s{options(outside.path() / "safe")};
};

/// Load, backup, kill -9, restore, start: all that was acknowledged before the backup began.
TEST_F(backup_drill, brings_back_every_acknowledged_item) {
  s.start();
  log_in();
  kill_load load{s, p.port()};
  std::size_t marked = 0;
  finished first, backup;
  load.run(3, 20261121, [&] {
    ASSERT_TRUE(eventually([&] { return load.mark() > 500; }, 30s));
    first = run({"backup", "create", "--note", "first"});
    marked = load.mark();
    backup = run({"backup", "create", "--note", "drill", "--json"});
    s.kill();
  });
  ASSERT_EQ(first.status, 0) << first.output;
  ASSERT_EQ(backup.status, 0) << backup.output;
  problem why;
  auto id = text_of(*json::parse(backup.output, why), "id");

  auto safe = (outside.path() / "safe").string();
  auto listed = run({"backup", "list", "--folder", safe});
  EXPECT_NE(listed.output.find(id + "  complete"), std::string::npos) << listed.output;
  auto verified = run({"backup", "verify", id, "--folder", safe});
  EXPECT_EQ(verified.status, 0) << verified.output;
  auto refused = run({"backup", "restore", id, "--folder", safe, "--data", s.data().string()});
  EXPECT_EQ(refused.status, 1) << refused.output;
  EXPECT_NE(refused.output.find("is not empty"), std::string::npos) << refused.output;

  s.move_to("restored");
  auto restored = run({"backup", "restore", id, "--folder", safe, "--data", s.data().string()});
  ASSERT_EQ(restored.status, 0) << restored.output;
  auto journal = [&] { return run({"journal", "verify", "--data", s.data().string()}); };
  EXPECT_EQ(journal().status, 0) << journal().output;
  s.start();
  load.check_marked();
  auto told = s.admin("GET", "/api/v1/journal?type=backup.restored").body;
  ASSERT_EQ(told.at("items").get_array().size(), 1u);
  EXPECT_EQ(text_of(told.at("items").at(0), "subject"), "backup/" + id);
  auto in_use = run({"backup", "restore", id, "--folder", safe, "--data", s.data().string()});
  EXPECT_EQ(in_use.status, 1);
  EXPECT_NE(in_use.output.find("is in use"), std::string::npos) << in_use.output;
  EXPECT_EQ(s.stop(), 0);
  EXPECT_EQ(journal().status, 0) << journal().output;
  std::cout << marked << " items acknowledged before the backup, " << restored.output;
}

TEST_F(backup_drill, refuses_a_damaged_backup_whole) {
  s.start();
  log_in();
  ASSERT_EQ(run({"backup", "create"}).status, 0);
  auto safe = outside.path() / "safe";
  fs::path victim;
  for (auto& one : fs::directory_iterator{safe / "files"})
    if (victim.empty() || one.file_size() > fs::file_size(victim)) victim = one.path();
  std::fstream{victim, std::ios::in | std::ios::out | std::ios::binary}.seekp(20).put('\x7f');
  auto by_node = run({"backup", "verify"});
  EXPECT_EQ(by_node.status, 1) << by_node.output;
  EXPECT_NE(by_node.output.find("is damaged"), std::string::npos) << by_node.output;
  EXPECT_EQ(run({"backup", "verify", "--folder", safe.string()}).status, 1);
  auto to = folder.path() / "restored";
  auto refused = run({"backup", "restore", "--folder", safe.string(), "--data", to.string()});
  EXPECT_EQ(refused.status, 1) << refused.output;
  EXPECT_FALSE(fs::exists(to));
  EXPECT_EQ(s.stop(), 0);
}

/// With keys that a person makes as docs/operations.md says, named by the environment.
struct sealed_drill : backup_drill {
  void TearDown() override { ::unsetenv("STELLWERK_BACKUP_KEY_FILE"); }
  fs::path new_key(const std::string& name) {
    auto file = folder.path() / name;
    auto made = "umask 077; openssl rand -hex 32 > " + file.string();
    EXPECT_EQ(run_to_end({"/bin/sh", "-c", made}).status, 0);
    return file;
  }
  void start_with(const fs::path& key) {
    ::setenv("STELLWERK_BACKUP_KEY_FILE", key.c_str(), 1);
    s.start();
  }
  static std::string bytes_of(const fs::path& file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
  }
};

TEST_F(sealed_drill, restores_with_the_key_and_with_nothing_else) {
  auto key = new_key("backup.key"), other = new_key("other.key");
  start_with(key);
  log_in();
  auto tank = tank_json("marked-tank", p.port(), 1);
  ASSERT_EQ(s.admin("POST", "/api/v1/devices", tank).status, 201);
  auto made = run({"backup", "create", "--note", "marked-note", "--json"});
  ASSERT_EQ(made.status, 0) << made.output;
  problem ignored;
  auto told = *json::parse(made.output, ignored);
  auto id = text_of(told, "id"), key_id = text_of(told, "key_id");
  EXPECT_EQ(key_id.size(), 16u);
  EXPECT_EQ(run({"backup", "verify"}).status, 0);
  auto secret = bytes_of(key).substr(0, 64);
  EXPECT_EQ(s.server().errors().find(secret), std::string::npos);
  s.kill();

  auto safe = (outside.path() / "safe").string();
  for (auto& file : fs::recursive_directory_iterator{safe}) {
    auto bytes = file.is_regular_file() ? bytes_of(file.path()) : std::string{};
    for (auto& what : {std::string{"marked-"}, secret, std::string{"secret_file"}})
      EXPECT_EQ(bytes.find(what), std::string::npos) << file.path();
  }
  auto listed = run({"backup", "list", "--folder", safe});
  EXPECT_NE(listed.output.find(id + "  locked"), std::string::npos) << listed.output;
  EXPECT_NE(listed.output.find(key_id), std::string::npos) << listed.output;
  s.move_to("restored");
  auto to = s.data().string();
  for (auto& given : {std::vector<std::string>{}, {"--key-file", other.string()}}) {
    std::vector<std::string> verify{"backup", "verify", "--folder", safe};
    std::vector<std::string> restore{"backup", "restore", "--folder", safe, "--data", to};
    verify.insert(verify.end(), given.begin(), given.end());
    restore.insert(restore.end(), given.begin(), given.end());
    for (auto& refused : {run(verify), run(restore)}) {
      EXPECT_EQ(refused.status, 1) << refused.output;
      EXPECT_NE(refused.output.find("the key " + key_id), std::string::npos) << refused.output;
    }
  }
  EXPECT_FALSE(fs::exists(to));
  EXPECT_EQ(run({"backup", "verify", "--folder", safe, "--key-file", key.string()}).status, 0);
  auto restored =
      run({"backup", "restore", id, "--folder", safe, "--data", to, "--key-file", key.string()});
  ASSERT_EQ(restored.status, 0) << restored.output;
  EXPECT_EQ(bytes_of(s.data() / "stellwerk.toml"), bytes_of(s.folder() / "stellwerk.toml"));
  start_with(other);
  log_in();  // it has another port now
  EXPECT_EQ(s.admin("GET", "/api/v1/devices/marked-tank").status, 200);
  auto by_node = run({"backup", "verify", id});
  EXPECT_EQ(by_node.status, 4) << by_node.output;
  EXPECT_NE(by_node.output.find(key_id), std::string::npos) << by_node.output;
  EXPECT_EQ(s.stop(), 0);
}

}  // namespace
}  // namespace stellwerk::system_test
