#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>

#include <fstream>

#include "tests/system/site.hpp"

namespace stellwerk::system_test {
namespace {

using namespace std::chrono_literals;

std::vector<std::string> daemon(const site& s, std::vector<std::string> more = {}) {
  std::vector<std::string> command{
      binary("stellwerkd"), "--config",    (s.folder() / "stellwerk.toml").string(), "--data",
      s.data().string(),    "--allow-root"};
  command.insert(command.end(), more.begin(), more.end());
  return command;
}

TEST(start_test, gets_ready_serves_and_stops_with_status_0) {
  site s;
  s.start();
  EXPECT_EQ(s.ask("GET", "/health/ready").status, 200);
  EXPECT_EQ(text_of(s.ask("GET", "/health").body, "site"), "test");
  EXPECT_EQ(s.stop(), 0);
}

TEST(start_test, stops_in_order_at_a_signal_before_it_is_ready) {
  site s;
  s.launch();
  ASSERT_TRUE(eventually(
      [&] { return s.server().errors().find("node.starting") != std::string::npos; }, 20s
  ));
  EXPECT_EQ(s.stop(), 0);
}

TEST(start_test, ends_at_once_at_a_second_signal_but_never_by_it) {
  site s;
  s.start();
  s.server().signal(SIGHUP);
  s.server().signal(SIGINT);
  s.server().signal(SIGTERM);
  auto status = s.stop();
  EXPECT_TRUE(status == 0 || status == 70) << status;
  s.start();
  EXPECT_EQ(s.ask("GET", "/health/ready").status, 200);
}

TEST(start_test, stops_in_time_beside_a_unit_that_hangs) {
  scratch folder;
  plant p{folder.path()};
  site s;
  s.start();
  auto tank = tank_json("tank", p.port(), 1);
  tank.replace(tank.find("500"), 3, "30000");
  ASSERT_EQ(s.admin("POST", "/api/v1/devices", tank).status, 201);
  p.fault(1, "silent");
  ASSERT_TRUE(eventually(
      [&] {
        auto told = s.admin("GET", "/api/v1/devices/tank").body;
        return text_of(told.at("link"), "state") != "online";
      },
      20s
  ));
  auto status = s.stop();  // waits 12 s at most
  EXPECT_TRUE(status == 0 || status == 70) << status;
}

TEST(start_test, says_that_its_address_is_taken) {
  site s;
  s.start();
  site other{"", s.url()};
  auto tried = run_to_end(daemon(other));
  EXPECT_EQ(tried.status, 2);
  EXPECT_NE(tried.output.find(s.url().substr(7)), std::string::npos) << tried.output;
}

TEST(start_test, refuses_a_second_node_on_the_same_folder) {
  site s;
  s.start();
  auto second = run_to_end(daemon(s));
  EXPECT_EQ(second.status, 3) << second.output;
  EXPECT_NE(second.output.find(s.data().string()), std::string::npos) << second.output;
  EXPECT_EQ(s.ask("GET", "/health/ready").status, 200);
}

TEST(start_test, says_all_that_is_wrong_with_the_configuration) {
  site s{"[limits2]\n"};
  std::ofstream{s.folder() / "stellwerk.toml", std::ios::app} << "x = 1\n[tls]\nkey = 3\n";
  auto tried = run_to_end(daemon(s));
  EXPECT_EQ(tried.status, 2);
  EXPECT_NE(tried.output.find("limits2"), std::string::npos) << tried.output;
  EXPECT_NE(tried.output.find("tls.key"), std::string::npos) << tried.output;
}

TEST(start_test, refuses_production_without_a_secret_and_says_which) {
  scratch folder;
  std::ofstream{folder.path() / "c.toml"} << "site = \"x\"\n";
  auto tried = run_to_end(
      {binary("stellwerkd"), "--config", (folder.path() / "c.toml").string(), "--data",
       (folder.path() / "data").string()}
  );
  EXPECT_EQ(tried.status, 2);
  EXPECT_NE(tried.output.find("auth.secret_file"), std::string::npos) << tried.output;
}

TEST(start_test, refuses_a_key_of_backups_that_others_may_read_or_that_is_none) {
  scratch keys;
  auto key = keys.path() / "backup.key";
  site s{"[backup]\nkey_file = \"" + key.string() + "\"\n"};
  auto refused = [&](const char* word) {
    auto tried = run_to_end(daemon(s));
    EXPECT_EQ(tried.status, 2);
    EXPECT_TRUE(tried.output.starts_with(key.string() + ": backup.key_file: ")) << tried.output;
    EXPECT_NE(tried.output.find(word), std::string::npos) << tried.output;
  };
  refused("is not there");
  std::ofstream{key} << std::string(64, '0');
  chmod(key.c_str(), 0600);
  refused("openssl rand -hex 32");
  std::ofstream{key} << "00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef\n";
  chmod(key.c_str(), 0640);
  refused("0600");
  chmod(key.c_str(), 0600);
  std::filesystem::create_directory(s.data() / "backups");
  std::filesystem::rename(key, s.data() / "backups" / "backup.key");
  key = s.data() / "backups" / "backup.key";
  ::setenv("STELLWERK_BACKUP_KEY_FILE", key.c_str(), 1);
  refused("among the backups");
  ::unsetenv("STELLWERK_BACKUP_KEY_FILE");
}

/// Of this build, which has them, and of the release, where that was built.
TEST(start_test, takes_failpoints_in_test_builds_only) {
  auto listed = run_to_end({binary("stellwerkd"), "--failpoint", "list"});
  EXPECT_EQ(listed.status, 0);
  EXPECT_NE(listed.output.find("store_before_write\n"), std::string::npos) << listed.output;
  EXPECT_EQ(run_to_end({binary("stellwerkd"), "--failpoint", "nowhere=crash"}).status, 2);
  std::string release = STELLWERK_SOURCE_DIR "/build/release/stellwerkd";
  if (!std::filesystem::exists(release)) return;
  auto refused = run_to_end({release, "--failpoint", "list"});
  EXPECT_EQ(refused.status, 2);
  EXPECT_NE(refused.output.find("--failpoint"), std::string::npos) << refused.output;
}

TEST(start_test, refuses_a_data_folder_that_others_may_read) {
  site s;
  chmod(s.data().c_str(), 0755);
  auto tried = run_to_end(daemon(s));
  EXPECT_EQ(tried.status, 2);
  EXPECT_NE(tried.output.find("0700"), std::string::npos) << tried.output;
}

TEST(start_test, checks_and_prints_the_configuration_without_starting) {
  site s;
  auto checked = run_to_end(daemon(s, {"--check"}));
  EXPECT_EQ(checked.status, 0) << checked.output;
  auto printed = run_to_end(daemon(s, {"--print-config"}));
  EXPECT_EQ(printed.status, 0);
  EXPECT_NE(printed.output.find("site = 'test'"), std::string::npos) << printed.output;
}

TEST(start_test, keeps_the_setup_token_private_and_forgets_it_after_use) {
  site s;
  s.start();
  struct stat told {};
  ASSERT_EQ(stat((s.data() / "setup.token").c_str(), &told), 0);
  EXPECT_EQ(told.st_mode & 0777u, 0600u);
  EXPECT_EQ(s.admin("GET", "/api/v1/auth/me").status, 200);
  EXPECT_NE(stat((s.data() / "setup.token").c_str(), &told), 0);
  EXPECT_EQ(
      s.ask(
           "POST", "/api/v1/auth/setup",
           R"({"setup_token":"x","username":"eve","password":"grey-harbour-43"})"
      )
          .status,
      401
  );
  s.kill();
  s.start();
  EXPECT_EQ(s.admin("GET", "/api/v1/auth/me").status, 200) << "a token outlives the process";
}

}  // namespace
}  // namespace stellwerk::system_test
