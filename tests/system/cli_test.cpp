#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "tests/system/site.hpp"

namespace stellwerk::system_test {
namespace {

using namespace std::chrono_literals;

/// The command line as a person uses it, with a login file of its own.
class cli_test : public testing::Test {
 protected:
  void SetUp() override {
    s.start();
    ASSERT_EQ(s.admin("POST", "/api/v1/devices", tank_json("tank", p.port(), 1)).status, 201);
    ASSERT_TRUE(eventually(
        [&] {
          auto told = s.admin("GET", "/api/v1/devices/tank").body;
          return text_of(told.at("link"), "state") == "online";
        },
        10s
    ));
  }

  finished run(std::vector<std::string> arguments, const std::string& input = "") {
    std::string line = "printf '%s\\n' '" + input +
                       "' | XDG_CONFIG_HOME=" + folder.path().string() + ' ' + binary("stellwerk");
    for (auto& one : arguments) line += " '" + one + '\'';
    return run_to_end({"/bin/sh", "-c", line});
  }
  finished log_in(const std::string& password) {
    return run({"login", "ada", "--password-stdin", "--server", s.url()}, password);
  }

  scratch folder;
  plant p{folder.path()};
  site s;
};

TEST_F(cli_test, shows_and_steers_a_site) {
  ASSERT_EQ(log_in("grey-harbour-42").status, 0);
  EXPECT_EQ(run({"status"}).status, 0);
  auto devices = run({"devices"});
  EXPECT_NE(devices.output.find("tank  modbus_tcp  online"), std::string::npos) << devices.output;
  auto set = run({"set", "tank/setpoint", "55.5"});
  EXPECT_EQ(set.status, 0);
  EXPECT_EQ(set.output.find("tank/setpoint = 55.5: verified, reads 55.5"), 0u) << set.output;
  auto samples = run({"samples", "tank/temperature", "--limit", "3"});
  EXPECT_NE(samples.output.find("good"), std::string::npos) << samples.output;
  auto series = run({"samples", "tank/temperature", "--series", "10"});
  EXPECT_EQ(series.status, 0);
  EXPECT_EQ(series.output.find("T "), 0u) << series.output;
  EXPECT_NE(series.output.find("MAX"), std::string::npos) << series.output;
  EXPECT_NE(series.output.find("Not whole from"), std::string::npos) << series.output;
  auto csv = run({"export", "tank/temperature", "tank/setpoint"});
  EXPECT_EQ(csv.status, 0);
  EXPECT_EQ(csv.output.find("timestamp,channel,value,unit,quality\r\n"), 0u) << csv.output;
  EXPECT_NE(csv.output.find(",tank/temperature,"), std::string::npos) << csv.output;
  EXPECT_EQ(run({"export", "tank/none"}).status, 4);
  auto journal = run({"journal", "--type", "command.*"});
  EXPECT_NE(journal.output.find("command.verified"), std::string::npos) << journal.output;
  auto why = run({"explain", "command/*"});
  EXPECT_EQ(why.status, 0) << why.output;
  EXPECT_NE(why.output.find("request"), std::string::npos) << why.output;
  EXPECT_NE(why.output.find("command.accepted"), std::string::npos) << why.output;
  EXPECT_NE(why.output.find("=>"), std::string::npos) << why.output;
  auto watched = run({"watch", "tank/*", "--for", "2"});
  EXPECT_EQ(watched.status, 0) << watched.output;
  EXPECT_NE(watched.output.find("tank/temperature"), std::string::npos) << watched.output;
  auto verified = run({"journal", "verify", "--data", s.data().string()});
  EXPECT_EQ(verified.status, 0) << verified.output;
}

/// The first block of a language in a page of the documentation, from `after` on.
std::string block_of(const std::string& page, const std::string& language, const char* after) {
  std::ifstream in{std::string{STELLWERK_SOURCE_DIR} + "/docs/" + page};
  std::string text{std::istreambuf_iterator<char>(in), {}};
  auto begin = text.find("```" + language + '\n', text.find(after)) + language.size() + 4;
  return text.substr(begin, text.find("```", begin) - begin);
}

TEST_F(cli_test, exports_a_journal_that_is_verified_without_the_node) {
  ASSERT_EQ(log_in("grey-harbour-42").status, 0);
  auto in_folder = [&](const std::string& line) {
    return run_to_end(
        {"/bin/sh", "-c",
         "export XDG_CONFIG_HOME=" + folder.path().string() +
             "; cd $XDG_CONFIG_HOME; stellwerk() { " + binary("stellwerk") + " \"$@\"; }; " + line}
    );
  };
  ASSERT_EQ(in_folder("stellwerk journal key > keys").status, 0);
  auto made =
      in_folder("stellwerk journal export > whole && stellwerk journal export --from 3 > some");
  ASSERT_EQ(made.status, 0) << made.output;
  s.stop();
  auto whole = in_folder("stellwerk journal verify --file whole");
  EXPECT_EQ(whole.status, 0) << whole.output;
  EXPECT_NE(whole.output.find("This key is the one in the file"), std::string::npos);
  auto some = in_folder("stellwerk journal verify --file some --key keys");
  EXPECT_EQ(some.status, 0) << some.output;
  EXPECT_EQ(some.output.find("some is whole: entries 3 to "), 0u) << some.output;
  EXPECT_EQ(some.output.find("in the file"), std::string::npos) << some.output;

  for (auto* harm :
       {"sed '3s/ada/bob/' whole", "sed 4d whole", "head -n -1 whole", "head -c -9 whole"}) {
    auto broken = in_folder(std::string{harm} + " > bad; stellwerk journal verify --file bad");
    EXPECT_EQ(broken.status, 1) << harm << broken.output;
    EXPECT_EQ(broken.output.find("bad is BROKEN at line "), 0u) << broken.output;
  }
  EXPECT_EQ(in_folder("stellwerk journal verify --file none").status, 2);
  EXPECT_EQ(in_folder("stellwerk journal verify --file . --json").status, 2);
  EXPECT_EQ(in_folder("stellwerk journal verify --file whole --key nonsense").status, 2);
  std::string other(64, '0');
  EXPECT_EQ(in_folder("stellwerk journal verify --file whole --key " + other).status, 1);

  std::ofstream{folder.path() / "reader.py"}
      << block_of("formats.md", "python", "export, version 1");
  auto checks = block_of("formats.md", "sh", "bytes.fromhex(\"302a");
  auto read = in_folder("python3 reader.py whole && " + checks);
  EXPECT_EQ(read.status, 0) << read.output;
  EXPECT_NE(read.output.find("Signature Verified Successfully"), std::string::npos) << read.output;
}

TEST_F(cli_test, finds_by_the_anchors_of_the_log_that_the_journal_was_cut) {
  auto log = [&] { return std::ofstream{folder.path() / "anchors"}; };
  auto verify = [&] {
    return run(
        {"journal", "verify", "--data", s.data().string(), "--anchors", folder.path() / "anchors"}
    );
  };
  s.stop();
  s.start();
  ASSERT_TRUE(eventually(
      [&] { return s.server().errors().find("journal.anchored") != std::string::npos; }, 10s
  ));
  log() << s.server().errors();
  EXPECT_EQ(verify().status, 0) << verify().output;
  log() << R"(Nov 21 node: {"event":"journal.anchored","seq":1000000,"hash":"00"})" << '\n';
  EXPECT_EQ(verify().status, 1);
  EXPECT_NE(verify().output.find("ends before its newest anchor"), std::string::npos);
  log() << "no anchor\n";
  EXPECT_EQ(verify().status, 2);
}

TEST_F(cli_test, renews_one_log_in_for_all_that_share_it) {
  ASSERT_EQ(log_in("grey-harbour-42").status, 0);
  // The access token is no longer good for any of the three that now start at the same time.
  auto all = run_to_end(
      {"/bin/sh", "-c",
       "export XDG_CONFIG_HOME=" + folder.path().string() +
           "; sed -i 's/\"access_token\":\"[^\"]*\"/\"access_token\":\"a.b.c\"/'"
           " $XDG_CONFIG_HOME/stellwerk/login.json; for i in 1 2 3; do " +
           binary("stellwerk") + " devices & done; wait"}
  );
  std::size_t lists = 0;
  for (auto at = all.output.find("tank  modbus_tcp"); at != std::string::npos;
       at = all.output.find("tank  modbus_tcp", at + 1))
    ++lists;
  EXPECT_EQ(lists, 3u) << all.output;
  EXPECT_EQ(run({"devices"}).status, 0);
  EXPECT_TRUE(s.admin("GET", "/api/v1/journal?type=auth.refresh.reused")
                  .body.at("items")
                  .get_array()
                  .empty());
}

TEST_F(cli_test, says_what_is_wrong_by_exit_code_and_word) {
  auto refused = log_in("wrong");
  EXPECT_EQ(refused.status, 4);
  EXPECT_NE(refused.output.find("unauthenticated"), std::string::npos) << refused.output;
  EXPECT_EQ(run({"devices", "--server", s.url()}).status, 4);
  ASSERT_EQ(log_in("grey-harbour-42").status, 0);
  auto range = run({"set", "tank/setpoint", "99"});
  EXPECT_EQ(range.status, 4);
  EXPECT_NE(range.output.find("out_of_range"), std::string::npos) << range.output;
  EXPECT_EQ(run({"set", "tank", "1"}).status, 2);
  EXPECT_EQ(run({"no-such-thing"}).status, 2);
  s.stop();
  EXPECT_EQ(run({"devices"}).status, 3);
}

}  // namespace
}  // namespace stellwerk::system_test
