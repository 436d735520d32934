#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "actors/model/ids.hpp"
#include "actors/model/json.hpp"
#include "nodes/ctl/http_client.hpp"
#include "tests/system/site.hpp"

namespace stellwerk::system_test {
namespace {

using namespace std::chrono_literals;

/// What clients were told is done; they keep it while the server is killed under them.
struct acknowledged {
  std::mutex gate;
  std::set<std::string> devices;
  std::map<std::string, int> commands;           // id → set point in tenths
  std::map<std::int64_t, std::int64_t> samples;  // time in ms → value
  std::atomic<std::uint64_t> tried{0};
};

class kill_test : public testing::Test {
 protected:
  void SetUp() override {
    s.start();
    ASSERT_EQ(s.admin("POST", "/api/v1/devices", tank_json("tank", p.port(), 1)).status, 201);
    ASSERT_EQ(
        s.admin(
             "POST", "/api/v1/devices",
             R"({"name":"notes","driver":"external","channels":[{"name":"n","type":"int"}]})"
        )
            .status,
        201
    );
  }

  /// One client: asks for one kind of thing after another until told to stop; a broken connection
  /// or a 5xx says nothing about the outcome.
  void load(unsigned seed, const std::atomic<bool>& stop) {
    std::mt19937 dice{seed};
    while (!stop) {
      try {
        switch (dice() % 3) {
          case 0:
            make_device();
            break;
          case 1:
            set_point();
            break;
          default:
            post_samples();
        }
      } catch (const ctl::unreachable&) {
        std::this_thread::sleep_for(5ms);
      }
    }
  }

  void make_device() {
    auto name = "d-" + std::to_string(++told.tried);
    auto made = s.admin(
        "POST", "/api/v1/devices", R"({"name":")" + name + R"(","driver":"external"})",
        {{"Idempotency-Key", name}}
    );
    if (made.status == 201) {
      std::lock_guard lock{told.gate};
      told.devices.insert(name);
    }
  }

  void set_point() {
    auto tenths = static_cast<int>(++told.tried % 950);
    auto value = std::to_string(tenths / 10) + '.' + std::to_string(tenths % 10);
    auto made = s.admin(
        "POST", "/api/v1/devices/tank/commands",
        R"({"channel":"setpoint","value":)" + value + R"(,"expires_in_ms":3000})",
        {{"Idempotency-Key", uuid_v4()}}
    );
    if (made.status == 202 || made.status == 200) {
      std::lock_guard lock{told.gate};
      told.commands[text_of(made.body, "id")] = tenths;
    }
  }

  void post_samples() {
    auto first = static_cast<std::int64_t>(++told.tried) * 100;
    bj::array items;
    for (std::int64_t i = 0; i < 20; ++i)
      items.push_back(bj::object{
          {"channel", "notes/n"}, {"time", base_ms + first + i}, {"value", first + i}});
    auto made = s.admin(
        "POST", "/api/v1/samples",
        json::to_text(bj::object{
            {"source", "load"}, {"epoch", 1}, {"seq", first}, {"samples", items}})
    );
    if (made.status == 200 && text_of(made.body, "accepted") == "20") {
      std::lock_guard lock{told.gate};
      for (std::int64_t i = 0; i < 20; ++i) told.samples[base_ms + first + i] = first + i;
    }
  }

  void expect_nothing_lost() {
    std::lock_guard lock{told.gate};
    auto devices = all("/api/v1/devices?limit=1000");
    std::set<std::string> names;
    for (auto& one : devices) names.insert(text_of(one, "name"));
    for (auto& name : told.devices) EXPECT_TRUE(names.contains(name)) << name;

    std::map<std::int64_t, std::int64_t> stored;
    for (auto& one :
         all("/api/v1/samples?channel=notes%2Fn&limit=10000&from=" + std::to_string(base_ms) +
             "&to=" + std::to_string(base_ms + 100'000'000)))
      EXPECT_TRUE(
          stored.emplace(time_ms(text_of(one, "time")), one.at("value").to_number<std::int64_t>())
              .second
      ) << "twice";
    for (auto& [time, value] : told.samples)
      EXPECT_TRUE(stored.contains(time) && stored[time] == value) << time;
  }

  static std::int64_t time_ms(const std::string& text) {
    return time_from(text).value_or(wall_time{}).time_since_epoch().count();
  }

  bj::array all(const std::string& path) {
    bj::array items;
    for (std::string cursor = "null"; !cursor.empty();) {
      auto page = s.admin("GET", cursor == "null" ? path : path + "&cursor=" + cursor);
      EXPECT_EQ(page.status, 200) << json::to_text(page.body);
      if (page.status != 200) break;
      for (auto& item : page.body.at("items").get_array()) items.push_back(item);
      cursor = page.body.at("next_cursor").is_null() ? "" : text_of(page.body, "next_cursor");
    }
    return items;
  }

  static constexpr std::int64_t base_ms = 1'700'000'000'000;
  scratch folder;
  plant p{folder.path()};
  site s;
  acknowledged told;
};

TEST_F(kill_test, loses_nothing_acknowledged_and_repeats_no_command) {
  std::mt19937 dice{20261121};
  auto count = rounds(5, 100);
  for (int round = 0; round < count && !HasFailure(); ++round) {
    SCOPED_TRACE("round " + std::to_string(round));
    std::atomic<bool> stop{false};
    std::vector<std::thread> clients;
    for (unsigned i = 0; i < 3; ++i)
      clients.emplace_back([&, seed = static_cast<unsigned>(dice())] { load(seed, stop); });
    std::this_thread::sleep_for(std::chrono::milliseconds{50 + dice() % 400});
    s.kill();
    stop = true;
    for (auto& client : clients) client.join();

    auto started = std::chrono::steady_clock::now();
    s.start();
    EXPECT_LT(std::chrono::steady_clock::now() - started, 10s);
    expect_nothing_lost();
  }
  // Every accepted command ends, and the plant has seen each at most once.
  EXPECT_TRUE(eventually(
      [&] {
        std::lock_guard lock{told.gate};
        for (auto& [id, tenths] : told.commands) {
          auto status = text_of(s.admin("GET", "/api/v1/commands/" + id).body, "status");
          if (status == "accepted" || status == "queued" || status == "sent") return false;
        }
        return true;
      },
      20s
  ));
  auto sent = all("/api/v1/journal?type=command.sent&limit=1000").size();
  EXPECT_LE(p.writes(), sent) << "more writes at the plant than the journal says were sent";
  EXPECT_GT(p.writes(), 0u);
  EXPECT_EQ(s.stop(), 0);
  auto verdict =
      run_to_end({binary("stellwerk"), "journal", "verify", "--data", s.data().string(), "--json"});
  EXPECT_EQ(verdict.status, 0) << verdict.output;
  std::cout << count << " kills: " << told.devices.size() << " devices, " << told.commands.size()
            << " commands, " << told.samples.size() << " samples acknowledged, " << p.writes()
            << " writes at the plant, " << verdict.output;
}

}  // namespace
}  // namespace stellwerk::system_test
