#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>

#include "actors/model/json.hpp"
#include "tests/system/site.hpp"

/// A real node on a real disk that fills up.
namespace stellwerk::system_test {
namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr std::uint64_t mib = 1 << 20;

/// A file that takes 256 MiB of the disk.
class ballast {
 public:
  explicit ballast(fs::path path) : path_(std::move(path)) {
    auto file = ::open(path_.c_str(), O_CREAT | O_WRONLY, 0600);
    EXPECT_EQ(::posix_fallocate(file, 0, 256 * mib), 0);
    ::close(file);
  }
  ~ballast() { fs::remove(path_); }
  ballast(const ballast&) = delete;
  ballast& operator=(const ballast&) = delete;

 private:
  fs::path path_;
};

class disk_test : public testing::Test {
 protected:
  void TearDown() override { ::unsetenv("STELLWERK_DISK_RESERVE_MIB"); }

  /// The disk's steps lie where the reserve puts them.
  void start_with_reserve(std::uint64_t bytes) {
    ::setenv("STELLWERK_DISK_RESERVE_MIB", std::to_string(bytes / mib).c_str(), 1);
    s.start();
  }
  void make(const std::string& device) {
    EXPECT_EQ(s.admin("POST", "/api/v1/devices", device).status, 201);
  }
  int post_sample() {
    auto body = R"({"samples":[{"channel":"notes/n","value":)" + std::to_string(++number) + "}]}";
    return s.admin("POST", "/api/v1/samples", body).status;
  }
  int make_another() {
    auto body = R"({"name":"d)" + std::to_string(++number) + R"(","driver":"external"})";
    return s.admin("POST", "/api/v1/devices", body).status;
  }
  std::string command(int value) {
    auto body = R"({"channel":"setpoint","value":)" + std::to_string(value) + "}";
    auto told = s.admin("POST", "/api/v1/devices/tank/commands?wait_ms=5000", body);
    return told.status == 507 ? "507" : text_of(told.body, "status");
  }
  std::string latest(const std::string& channel) {
    auto told = s.admin("GET", "/api/v1/samples/latest?channel=" + channel);
    auto& items = told.body.at("items").as_array();
    return items.empty() ? "" : json::to_text(items[0].at("time"));
  }
  bool disk_ok() { return s.ask("GET", "/health").body.at("checks").at("disk").as_bool(); }

  scratch folder;
  plant p{folder.path()};
  site s;
  std::uint64_t free = fs::space(folder.path()).available;
  int number = 0;
};

TEST_F(disk_test, refuses_samples_while_there_is_little_room_and_takes_them_again) {
  start_with_reserve((free - 128 * mib) / 2);
  make(tank_json("tank", p.port(), 1));
  make(R"({"name":"notes","driver":"external","channels":[{"name":"n","type":"int"}]})");
  auto process = s.server().id();
  EXPECT_EQ(post_sample(), 200);
  EXPECT_TRUE(disk_ok());
  {
    ballast taken{folder.path() / "ballast"};
    EXPECT_TRUE(eventually([&] { return post_sample() == 507; }, 10s));
    EXPECT_TRUE(eventually([&] { return !disk_ok(); }, 10s));
    EXPECT_EQ(make_another(), 201);
    EXPECT_EQ(command(30), "verified");
    auto seen = latest("tank/temperature");
    EXPECT_TRUE(eventually([&] { return latest("tank/temperature") != seen; }, 10s));
  }
  EXPECT_TRUE(eventually([&] { return post_sample() == 200; }, 10s));
  EXPECT_TRUE(eventually([&] { return disk_ok(); }, 10s));
  EXPECT_EQ(s.server().id(), process);
}

TEST_F(disk_test, keeps_the_reserve_for_what_must_not_wait) {
  start_with_reserve(64 * mib);
  make(tank_json("tank", p.port(), 1));
  make(R"({"name":"notes","driver":"external","channels":[{"name":"n","type":"int"}]})");
  EXPECT_EQ(s.stop(), 0);

  start_with_reserve(2 * free);
  EXPECT_EQ(post_sample(), 507);
  EXPECT_EQ(make_another(), 507);
  EXPECT_TRUE(eventually([&] { return command(40) == "verified"; }, 10s));
  EXPECT_EQ(s.admin("DELETE", "/api/v1/devices/notes").status, 204);
  EXPECT_EQ(s.ask("GET", "/health/ready").status, 200);
  EXPECT_EQ(s.stop(), 0);

  start_with_reserve(64 * mib);
  EXPECT_EQ(make_another(), 201);
}

}  // namespace
}  // namespace stellwerk::system_test
