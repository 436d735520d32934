// A whole node from outside: start, memory, commands, samples. Prints each figure beside what
// bounds it, taken in the same run.

#include <modbus/modbus.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <mutex>
#include <numeric>
#include <thread>
#include <vector>

#include "actors/model/json.hpp"
#include "tests/bench/keep_alive_client.hpp"
#include "tests/system/site.hpp"

namespace stellwerk::bench {
namespace {

using namespace std::chrono_literals;
using namespace stellwerk::system_test;
using clock = std::chrono::steady_clock;

double ms_since(clock::time_point start) {
  return std::chrono::duration<double, std::milli>(clock::now() - start).count();
}

double at(std::vector<double>& sorted, double part) {
  std::ranges::sort(sorted);
  return sorted[static_cast<std::size_t>(part * static_cast<double>(sorted.size() - 1))];
}

double resident_mib(pid_t id) {
  std::ifstream status{"/proc/" + std::to_string(id) + "/status"};
  for (std::string word; status >> word;)
    if (word == "VmRSS:") {
      double kib = 0;
      status >> kib;
      return kib / 1024;
    }
  return 0;
}

void measure_start() {
  std::vector<double> ready;
  std::vector<double> bare;
  std::vector<double> again;
  double idle = 0;
  for (int i = 0; i < 11; ++i) {
    auto begin = clock::now();
    run_to_end({binary("stellwerkd"), "--version"});
    bare.push_back(ms_since(begin));
    site s;
    begin = clock::now();
    s.start();
    ready.push_back(ms_since(begin));
    s.server().wait(300ms);
    idle = std::max(idle, resident_mib(s.server().id()));
    s.kill();
    begin = clock::now();
    s.start();
    again.push_back(ms_since(begin));
  }
  std::printf(
      "start: empty folder to ready p50 %.0f ms, max %.0f ms; after a kill p50 %.0f ms; "
      "`stellwerkd --version` alone %.0f ms\nidle: %.1f MiB resident (most of 11)\n",
      at(ready, 0.5), at(ready, 1), at(again, 0.5), at(bare, 0.5), idle
  );
}

struct tally {
  double per_second = 0;
  std::vector<double> ms;
};

/// `clients` threads call `once(client)` until `for_time` is over.
template <class Once>
tally load(int clients, std::chrono::milliseconds for_time, Once&& once) {
  std::mutex gate;
  tally all;
  auto begin = clock::now();
  std::vector<std::thread> threads;
  for (int i = 0; i < clients; ++i)
    threads.emplace_back([&, i] {
      auto one = once(i);
      std::vector<double> mine;
      while (clock::now() - begin < for_time) {
        auto start = clock::now();
        one();
        mine.push_back(ms_since(start));
      }
      std::lock_guard lock{gate};
      all.ms.insert(all.ms.end(), mine.begin(), mine.end());
    });
  for (auto& thread : threads) thread.join();
  all.per_second = 1000.0 * static_cast<double>(all.ms.size()) / ms_since(begin);
  return all;
}

tally bare_write_and_read(int port) {
  return load(1, 3s, [=](int) {
    auto* line = modbus_new_tcp("127.0.0.1", port);
    modbus_set_slave(line, 1);
    if (modbus_connect(line) != 0) throw std::runtime_error("no plant");
    return [line, value = std::uint16_t{0}]() mutable {
      std::uint16_t back = 0;
      value = static_cast<std::uint16_t>((value + 1) % 900);
      if (modbus_write_register(line, 0, value) != 1 ||
          modbus_read_registers(line, 0, 1, &back) != 1 || back != value)
        throw std::runtime_error("the plant does not answer");
    };
  });
}

void measure_commands(site& s, plant& p) {
  s.admin("POST", "/api/v1/devices", tank_json("tank", p.port(), 1, 1000));
  auto online = [&] {
    auto told = s.admin("GET", "/api/v1/devices/tank").body;
    return text_of(told.at("link"), "state") == "online";
  };
  if (!eventually(online, 10s)) throw std::runtime_error("the tank is not online");
  auto fields = "Authorization: Bearer " + s.token() + "\r\n";
  auto one_client = [&](int number) {
    auto client = std::make_shared<keep_alive_client>(s.url());
    return [=, value = number]() mutable {
      value = (value + 16) % 900;
      auto body = R"({"channel":"setpoint","value":)" + std::to_string(value / 10) + '.' +
                  std::to_string(value % 10) + '}';
      auto told = client->ask("POST", "/api/v1/devices/tank/commands?wait_ms=5000", fields, body);
      if (told.status != 200 && told.status != 202)
        throw std::runtime_error("refused: " + std::string{told.body});
    };
  };
  auto ceiling = bare_write_and_read(p.port());
  auto alone = load(1, 3s, one_client);
  auto many = load(16, 3s, one_client);
  std::printf(
      "commands, verified, one after another: %.0f/s, p50 %.2f ms, p99 %.2f ms; "
      "bare libmodbus write + read %.0f/s: ratio %.2f\n"
      "commands, 16 clients on one channel (most superseded): %.0f/s, p99 %.2f ms\n",
      alone.per_second, at(alone.ms, 0.5), at(alone.ms, 0.99), ceiling.per_second,
      alone.per_second / ceiling.per_second, many.per_second, at(many.ms, 0.99)
  );
}

void measure_samples(site& s) {
  s.admin(
      "POST", "/api/v1/devices",
      R"({"name":"push","driver":"external","channels":[{"name":"a"},{"name":"b"}]})"
  );
  auto fields = "Authorization: Bearer " + s.token() + "\r\n";
  std::atomic<std::int64_t> number{0};
  auto one_client = [&](int) {
    auto client = std::make_shared<keep_alive_client>(s.url());
    return [&, client] {
      auto first = number.fetch_add(100);
      std::string body = R"({"samples":[)";
      for (int i = 0; i < 100; ++i)
        body += R"({"channel":"push/a","time":)" + std::to_string(1'700'000'000'000 + first + i) +
                R"(,"value":)" + std::to_string(i) + ".5}" + (i < 99 ? "," : "]}");
      auto told = client->ask("POST", "/api/v1/samples", fields, body);
      if (told.status != 200) throw std::runtime_error("refused: " + std::string{told.body});
    };
  };
  auto told = load(16, 4s, one_client);
  std::printf(
      "samples by HTTP, 16 connections, 100 a request, durable: %.0f samples/s, ack p99 %.1f ms\n",
      told.per_second * 100, at(told.ms, 0.99)
  );
}

}  // namespace
}  // namespace stellwerk::bench

int main() {
  using namespace stellwerk;
  bench::measure_start();
  system_test::scratch folder;
  system_test::plant plant{folder.path()};
  system_test::site site;
  site.start();
  site.admin("GET", "/api/v1/auth/me");
  bench::measure_commands(site, plant);
  bench::measure_samples(site);
}
