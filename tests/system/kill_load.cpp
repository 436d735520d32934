#include "tests/system/kill_load.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "actors/model/json.hpp"
#include "nodes/ctl/http_client.hpp"

namespace stellwerk::system_test {

namespace {

using namespace std::chrono_literals;

constexpr std::int64_t base_ms = 1'700'000'000'000;
constexpr std::int64_t batch = 20;
constexpr int marks = 100;  // the unit's free registers begin there
constexpr int channels_count = 16;
constexpr int sources_count = 200;

/// A unit with registers that take any value, so that each command can have its own.
std::string marked_device(int port) {
  std::string channels;
  for (int i = 0; i < channels_count; ++i)
    channels += std::string{i == 0 ? "" : ","} + R"({"name":"mark-)" + std::to_string(i) +
                R"(","direction":"both","type":"int","poll_ms":100,"address":)" +
                R"({"table":"holding","type":"uint16","register":)" + std::to_string(marks + i) +
                "}}";
  return R"({"name":"press","driver":"modbus_tcp","settings":{"host":"127.0.0.1","unit":1,)"
         R"("timeout_ms":500,"port":)" +
         std::to_string(port) + R"(},"channels":[)" + channels + "]}";
}

}  // namespace

kill_load::kill_load(site& s, int plant_port) : s_(s) {
  auto make = [&](const std::string& device) {
    auto made = s_.admin("POST", "/api/v1/devices", device);
    if (made.status != 201) throw std::runtime_error(json::to_text(made.body));
  };
  make(marked_device(plant_port));
  make(R"({"name":"notes","driver":"external","channels":[{"name":"n","type":"int"}]})");
}

kill_load::request kill_load::next(std::mt19937& dice) {
  request made;
  made.number = ++number_;
  auto name = std::to_string(made.number);
  made.key = "key-" + name;
  made.what = static_cast<kind>(dice() % 3);
  switch (made.what) {
    case kind::device:
      made.path = "/api/v1/devices";
      made.body = R"({"name":"d-)" + name + R"(","driver":"external"})";
      break;
    case kind::command:
      made.path = "/api/v1/devices/press/commands";
      made.body = R"({"channel":"mark-)" + std::to_string(made.number % channels_count) +
                  R"(","expires_in_ms":3000,"value":)" + name + '}';
      break;
    case kind::samples: {
      made.path = "/api/v1/samples";
      bj::array items;
      for (auto i = made.number * batch; i < (made.number + 1) * batch; ++i)
        items.push_back(bj::object{{"channel", "notes/n"}, {"time", base_ms + i}, {"value", i}});
      made.body = json::to_text(bj::object{
          {"source", "load-" + std::to_string(made.number % sources_count)},
          {"epoch", 1},
          {"seq", made.number},
          {"samples", items}});
    }
  }
  return made;
}

bool kill_load::send(const request& what) {
  answer said;
  try {
    said = s_.admin("POST", what.path, what.body, {{"Idempotency-Key", what.key}});
  } catch (const ctl::unreachable&) {
    return false;
  }
  if (said.status >= 500) return false;
  std::lock_guard lock{gate_};
  switch (what.what) {
    case kind::device:
      if (said.status == 201)
        round_.devices["d-" + std::to_string(what.number)] = text_of(said.body, "id");
      break;
    case kind::command:
      if (said.status == 202 || said.status == 200)
        round_.commands[text_of(said.body, "id")] = what.number;
      break;
    case kind::samples:
      if (said.status == 200 && text_of(said.body, "accepted") == std::to_string(batch))
        for (auto i = what.number * batch; i < (what.number + 1) * batch; ++i)
          round_.samples[base_ms + i] = i;
  }
  return true;
}

void kill_load::run(int clients, unsigned seed, const std::function<void()>& kill) {
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < clients; ++i)
    threads.emplace_back([&, mine = seed + static_cast<unsigned>(i)] {
      std::mt19937 dice{mine};
      while (!stop)
        if (auto one = next(dice); !send(one)) {
          std::lock_guard lock{gate_};
          unanswered_.push_back(one);
          if (unanswered_.size() > 20) break;  // the server is gone: enough to repeat
        }
    });
  kill();
  stop = true;
  for (auto& one : threads) one.join();
}

void kill_load::check_round() {
  for (auto& one : std::exchange(unanswered_, {})) {
    EXPECT_TRUE(send(one)) << "no answer from a server that runs: " << one.path;
    ++repeated_;
  }
  look_for(round_);
  total_.devices.merge(round_.devices);
  total_.commands.merge(round_.commands);
  total_.samples.merge(round_.samples);
  round_ = {};
}

void kill_load::look_for(const acknowledged& of) {
  for (auto& [name, id] : of.devices) {
    auto there = s_.admin("GET", "/api/v1/devices/" + name);
    EXPECT_EQ(text_of(there.body, "id"), id) << name;
  }
  for (auto& [id, value] : of.commands)
    EXPECT_EQ(s_.admin("GET", "/api/v1/commands/" + id).status, 200) << "lost: " << value;
  look_for_samples(of);
}

std::size_t kill_load::mark() {
  std::lock_guard lock{gate_};
  marked_ = round_;
  return marked_.devices.size() + marked_.commands.size() + marked_.samples.size();
}

void kill_load::check_marked() { look_for(marked_); }

/// Exactly the range: the first and the last one lie on its edges.
void kill_load::look_for_samples(const acknowledged& of) {
  if (of.samples.empty()) return;
  auto from = of.samples.begin()->first;
  auto to = of.samples.rbegin()->first + 1;
  std::map<std::int64_t, std::int64_t> stored;
  for (auto& one :
       all("/api/v1/samples?channel=notes%2Fn&limit=1000&from=" + std::to_string(from) +
           "&to=" + std::to_string(to))) {
    auto time = time_from(text_of(one, "time")).value_or(wall_time{}).time_since_epoch().count();
    auto value = one.at("value").to_number<std::int64_t>();
    EXPECT_TRUE(stored.emplace(time, value).second) << "twice: " << value;
  }
  for (auto& [time, value] : of.samples) {
    auto found = stored.find(time);
    EXPECT_TRUE(found != stored.end() && found->second == value) << "lost: " << value;
  }
}

std::string kill_load::final_status(const std::string& command_id) {
  std::string status;
  auto ended = eventually(
      [&] {
        status = text_of(s_.admin("GET", "/api/v1/commands/" + command_id).body, "status");
        return status != "accepted" && status != "queued" && status != "sent" &&
               status != "acknowledged";
      },
      20s
  );
  return ended ? status : "still " + status;
}

void kill_load::check_all(const plant& p) {
  look_for_samples(total_);
  std::map<std::string, int> created;
  for (auto& entry : all("/api/v1/journal?type=device.created&limit=1000"))
    ++created[text_of(entry, "subject")];
  for (auto& [name, id] : total_.devices)
    EXPECT_EQ(created["device/" + id] + created["device/" + name], 1) << name;

  std::map<std::string, std::string> ended;
  for (auto& [id, value] : total_.commands) ended[id] = final_status(id);
  std::map<std::int64_t, int> written;
  for (auto& line : p.write_log()) {
    auto value = line.at("values").at(0).to_number<std::int64_t>();
    EXPECT_EQ(++written[value], 1) << "the plant was told twice: " << value;
  }
  std::map<std::string, int> outcomes;
  for (auto& [id, value] : total_.commands) {
    auto& status = ended[id];
    ++outcomes[status];
    if (status == "verified" || status == "done")
      EXPECT_EQ(written[value], 1) << status << " but never written: " << value;
    else if (status == "expired" || status == "superseded")
      EXPECT_EQ(written[value], 0) << status << " but written: " << value;
    else
      EXPECT_EQ(status, "failed") << id;
  }
  for (auto& [status, count] : outcomes) std::cout << count << ' ' << status << ", ";
}

std::vector<bj::value> kill_load::all(const std::string& path) {
  std::vector<bj::value> items;
  for (std::string cursor = "null"; !cursor.empty();) {
    auto page = s_.admin("GET", cursor == "null" ? path : path + "&cursor=" + cursor);
    EXPECT_EQ(page.status, 200) << json::to_text(page.body);
    if (page.status != 200) break;
    for (auto& item : page.body.at("items").get_array()) items.push_back(item);
    cursor = page.body.at("next_cursor").is_null() ? "" : text_of(page.body, "next_cursor");
  }
  return items;
}

std::string kill_load::summary() const {
  return std::to_string(total_.devices.size()) + " devices, " +
         std::to_string(total_.commands.size()) + " commands, " +
         std::to_string(total_.samples.size()) + " samples acknowledged, " +
         std::to_string(repeated_) + " requests repeated";
}

}  // namespace stellwerk::system_test
