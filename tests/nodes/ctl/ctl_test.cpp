#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "nodes/ctl/api.hpp"
#include "nodes/ctl/table.hpp"

namespace stellwerk::ctl {
namespace {

TEST(table_test, aligns_words_left_and_numbers_right) {
  table t{{"NAME", "VALUE"}};
  t.add({"pump-ä", "5"});
  t.add({"x", "-12.5"});
  EXPECT_EQ(t.text(), "NAME    VALUE\npump-ä      5\nx       -12.5\n");
}

TEST(table_test, lets_nobody_steer_the_terminal) {
  EXPECT_EQ(printable("a\x1b[31mb\n"), "a?[31mb?");
}

TEST(table_test, tells_durations_in_the_unit_that_fits) {
  EXPECT_EQ(duration_text(950), "950 ms");
  EXPECT_EQ(duration_text(1500), "1 s");
  EXPECT_EQ(duration_text(119'000), "119 s");
  EXPECT_EQ(duration_text(120'000), "2 min");
  EXPECT_EQ(duration_text(3 * 86'400'000LL), "3 d");
}

TEST(server_test, takes_http_and_https_with_their_ports) {
  auto plain = parse_server("http://127.0.0.1:8080");
  EXPECT_FALSE(plain.tls);
  EXPECT_EQ(plain.host, "127.0.0.1");
  EXPECT_EQ(plain.port, "8080");
  auto secure = parse_server("https://[::1]/");
  EXPECT_TRUE(secure.tls);
  EXPECT_EQ(secure.host, "::1");
  EXPECT_EQ(secure.port, "443");
}

TEST(server_test, refuses_what_is_no_server) {
  for (auto* url :
       {"", "localhost", "ftp://x", "http://", "http://a/b", "http://u:p@x", "http://x?y=1"})
    EXPECT_THROW(parse_server(url), std::invalid_argument) << url;
}

TEST(encoding_test, leaves_only_unreserved_letters) {
  EXPECT_EQ(encoded("tank-1/temp &x"), "tank-1%2Ftemp%20%26x");
}

class login_file_test : public testing::Test {
 protected:
  void SetUp() override {
    folder = std::filesystem::temp_directory_path() / ("stw_login_" + std::to_string(getpid()));
  }
  void TearDown() override { std::filesystem::remove_all(folder); }
  std::filesystem::path folder;
};

TEST_F(login_file_test, keeps_a_login_for_its_owner_alone) {
  auto path = folder / "a" / "login.json";
  save_login(path, {"http://x:1", "ada", "access", "refresh", "key"});
  save_login(path, {"http://x:2", "ada", "access2", "refresh2", "key2"});
  struct stat told {};
  ASSERT_EQ(stat(path.c_str(), &told), 0);
  EXPECT_EQ(told.st_mode & 0777u, 0600u);
  auto back = load_login(path);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->server, "http://x:2");
  EXPECT_EQ(back->refresh_token, "refresh2");
}

TEST_F(login_file_test, does_not_trust_a_file_that_others_may_read) {
  auto path = folder / "login.json";
  save_login(path, {"http://x:1", "ada", "access", "refresh", "key"});
  chmod(path.c_str(), 0644);
  EXPECT_FALSE(load_login(path));
  EXPECT_FALSE(load_login(folder / "none.json"));
}

}  // namespace
}  // namespace stellwerk::ctl
