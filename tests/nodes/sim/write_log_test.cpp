#include "nodes/sim/write_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace stellwerk::sim {
namespace {

class write_log_test : public testing::Test {
 protected:
  write_log_test() {
    std::string name = std::filesystem::temp_directory_path() / "write_log_test_XXXXXX";
    folder = ::mkdtemp(name.data());
  }
  ~write_log_test() override { std::filesystem::remove_all(folder); }

  std::vector<std::string> lines() const {
    std::ifstream in(folder / "writes");
    std::vector<std::string> all;
    for (std::string line; std::getline(in, line);) all.push_back(line);
    return all;
  }

  std::filesystem::path folder;
  modbus_write write{.function = 16, .address = 100, .values = {1, 65'535}};
};

TEST_F(write_log_test, writes_a_json_line_before_append_returns) {
  write_log log(folder / "writes");
  log.append(15020, 2, write);
  ASSERT_EQ(lines().size(), 1u);
  auto line = boost::json::parse(lines()[0]).as_object();
  EXPECT_EQ(line.at("seq"), 1);
  EXPECT_EQ(line.at("port"), 15020);
  EXPECT_EQ(line.at("unit"), 2);
  EXPECT_EQ(line.at("function"), 16);
  EXPECT_EQ(line.at("address"), 100);
  EXPECT_EQ(line.at("values"), boost::json::array({1, 65'535}));
  EXPECT_THAT(
      std::string(line.at("time").as_string()),
      testing::MatchesRegex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z")
  );
}

TEST_F(write_log_test, appends_to_a_file_that_is_there) {
  write_log(folder / "writes").append(1, 1, write);
  write_log(folder / "writes").append(1, 1, write);
  EXPECT_EQ(lines().size(), 2u);
}

TEST_F(write_log_test, hands_out_what_follows_a_number) {
  write_log log("");
  for (int i = 0; i < 5; ++i) log.append(1, 1, write);
  EXPECT_EQ(log.last(), 5u);
  auto tail = log.after(3, 10);
  ASSERT_EQ(tail.size(), 2u);
  EXPECT_TRUE(tail[0].starts_with(R"({"seq":4,)"));
  EXPECT_EQ(log.after(0, 2).size(), 2u);
  EXPECT_TRUE(log.after(5, 10).empty());
  EXPECT_TRUE(log.after(UINT64_MAX, 10).empty());
}

TEST_F(write_log_test, keeps_the_last_ten_thousand_in_memory) {
  write_log log("");
  for (std::size_t i = 0; i < write_log::kept_max + 5; ++i) log.append(1, 1, write);
  auto all = log.after(0, 2 * write_log::kept_max);
  ASSERT_EQ(all.size(), write_log::kept_max);
  EXPECT_TRUE(all.front().starts_with(R"({"seq":6,)"));
  EXPECT_TRUE(all.back().starts_with(R"({"seq":10005,)"));
}

TEST_F(write_log_test, throws_where_it_cannot_write) {
  EXPECT_THROW(write_log{folder / "none" / "writes"}, std::system_error);
  write_log full("/dev/full");
  EXPECT_THROW(full.append(1, 1, write), std::system_error);
  EXPECT_EQ(full.last(), 0u);
}

TEST(rfc3339_test, has_three_digits_of_milliseconds_in_utc) {
  using namespace std::chrono;
  EXPECT_EQ(rfc3339(system_clock::time_point{}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(
      rfc3339(sys_days{2026y / November / 21} + 10h + 1min + 2s + 7ms), "2026-11-21T10:01:02.007Z"
  );
}

}  // namespace
}  // namespace stellwerk::sim
