#include "monitoring/metrics.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace stellwerk {
namespace {

std::string read_file(const std::filesystem::path& path) {
  std::stringstream content;
  content << std::ifstream{path}.rdbuf();
  return content.str();
}

std::set<std::string> names_in(const std::string& text) {
  std::set<std::string> names;
  std::regex name{"stellwerk_[a-z_]+"};
  for (std::sregex_iterator at{text.begin(), text.end(), name}, end; at != end; ++at)
    names.insert(std::regex_replace(at->str(), std::regex{"_(bucket|sum|count)$"}, ""));
  return names;
}

TEST(metrics_test, tell_every_family_in_prometheus_text) {
  metrics m;
  m.logins.Increment();
  m.http_requests.Add({{"route", "readDevice"}, {"class", "2xx"}}).Increment();
  auto text = m.text();
  EXPECT_NE(text.find("# TYPE stellwerk_logins_total counter\nstellwerk_logins_total 1"), text.npos)
      << text;
  EXPECT_NE(
      text.find(R"(stellwerk_http_requests_total{class="2xx",route="readDevice"} 1)"), text.npos
  );
}

TEST(metrics_test, begin_at_zero_where_an_alert_counts_the_rise) {
  auto text = metrics{}.text();
  for (auto* series :
       {R"(stellwerk_auth_failures_total{reason="wrong_password"} 0)",
        R"(stellwerk_commands_total{status="failed"} 0)"})
    EXPECT_NE(text.find(series), text.npos) << series;
}

TEST(metrics_test, keep_one_meter_per_kind_of_actor) {
  metrics m;
  EXPECT_EQ(&m.mailbox("store").depth, &m.mailbox("store").depth);
  EXPECT_NE(&m.mailbox("store").depth, &m.mailbox("bus").depth);
}

TEST(metrics_test, are_the_only_names_that_alerts_use) {
  auto known = names_in(read_file(STELLWERK_SOURCE_DIR "/monitoring/metrics.hpp"));
  auto alerts = read_file(STELLWERK_SOURCE_DIR "/monitoring/alerts.yml");
  ASSERT_FALSE(alerts.empty());
  for (auto& name : names_in(alerts)) EXPECT_TRUE(known.contains(name)) << name;
}

TEST(alerts_test, pass_promtool) {
  std::string promtool = STELLWERK_PROMTOOL;
  ASSERT_FALSE(promtool.empty()) << "./dev test fetches promtool";
  for (auto* check :
       {" check rules " STELLWERK_SOURCE_DIR "/monitoring/alerts.yml",
        " test rules " STELLWERK_SOURCE_DIR "/monitoring/alerts_test.yml"}) {
    auto command = promtool + check + " 2>&1";
    auto* pipe = popen(command.c_str(), "r");
    ASSERT_NE(pipe, nullptr);
    std::string said;
    std::array<char, 512> part{};
    while (std::fgets(part.data(), part.size(), pipe) != nullptr) said += part.data();
    EXPECT_EQ(pclose(pipe), 0) << said;
  }
}

}  // namespace
}  // namespace stellwerk
