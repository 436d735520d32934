#include <modbus/modbus.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "actors/field/modbus_bus.hpp"
#include "tests/actors/field/modbus_plant.hpp"
#include "tests/bench/figures.hpp"

/// How many reads of 100 registers a second go over one connection: through the bus actor, with its
/// schedule, frame checks, decoding to 100 samples and their way to the listener, and through a
/// bare libmodbus loop that decodes nothing. Both against the same simulated unit, in turns.
/// Then how much of their rate nine of ten units keep beside one that does not answer, or late.
namespace stellwerk {
namespace {

using clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::uint16_t first_register = 100;  // of input and of holding registers
constexpr int registers = 100;
constexpr int devices = 1000;  // two reads each, every 50 ms: more than the line carries
constexpr auto warm_up = 500ms;
constexpr auto round_length = 2s;
constexpr int rounds = 5;
constexpr int neighbours = 9;
constexpr auto beside_for = 20s;

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "%s\n", what);
  std::exit(1);
}

double per_second(double count, clock::duration span) {
  return count / std::chrono::duration<double>(span).count();
}

double bare_loop(std::uint16_t port) {
  std::unique_ptr<modbus_t, void (*)(modbus_t*)> context{
      modbus_new_tcp("127.0.0.1", port), modbus_free};
  if (!context || modbus_connect(context.get()) == -1) fail("libmodbus does not connect");
  modbus_set_slave(context.get(), 1);
  std::array<std::uint16_t, registers> words{};
  auto read = [&] {
    if (modbus_read_input_registers(context.get(), first_register, registers, words.data()) == -1)
      fail("libmodbus does not read");
  };
  for (auto end = clock::now() + warm_up; clock::now() < end;) read();
  auto start = clock::now();
  double count = 0;
  for (; clock::now() - start < round_length; ++count) read();
  auto rate = per_second(count, clock::now() - start);
  modbus_close(context.get());
  return rate;
}

using counter = std::shared_ptr<std::atomic<std::size_t>>;

bus_listener::behavior_type counting(bus_listener::pointer, counter good) {
  return {
      [good](const bus_results& r) {
        std::size_t n = 0;
        for (auto& s : r.items) n += s.quality == quality::good;
        *good += n;
      },
      [](const write_outcome&) {}};
}

serve_unit device(int number, std::uint16_t port, int unit, const bus_listener& listener) {
  serve_unit made;
  made.device_id = std::to_string(number) + "-7f3c-4a52-9d1e-3b8a6c5f0e21";  // like a UUID
  made.settings.text = R"({"host":"127.0.0.1","port":)" + std::to_string(port) + R"(,"unit":)" +
                       std::to_string(unit) + '}';
  made.listener = listener;
  for (int i = 0; i < 2 * registers; ++i) {
    bus_point p;
    p.series = static_cast<std::uint32_t>(number * 2 * registers + i);
    p.what.address.text = std::string{R"({"table":")"} + (i < registers ? "input" : "holding") +
                          R"(","register":)" + std::to_string(first_register + i % registers) + '}';
    p.what.poll_ms = 50;
    p.what.scaling = {scaling_kind::divide, 1, 0, 10, false};
    made.points.push_back(std::move(p));
  }
  return made;
}

/// A bus actor on a thread of its own.
struct served_line {
  explicit served_line(std::uint16_t number) : port(number) {}
  ~served_line() {
    caf::scoped_actor self{system};
    caf::anon_send_exit(bus, caf::exit_reason::user_shutdown);
    self->wait_for(bus);
    for (auto& one : listeners) caf::anon_send_exit(one, caf::exit_reason::user_shutdown);
  }
  counter serve(int number, int unit, const counter& good) {
    if (listeners.empty() || good != last) listeners.push_back(system.spawn(counting, good));
    last = good;
    caf::anon_send(bus, device(number, port, unit, listeners.back()));
    return good;
  }
  void pass(clock::duration span) {
    caf::scoped_actor self{system};
    self->receive(caf::after(span) >> [] {});
  }

  std::uint16_t port;
  instruments tell = system_instruments();
  caf_config config{tell.numbers};
  caf::actor_system system{config};
  std::vector<bus_listener> listeners;
  counter last;
  bus_actor bus = system.spawn<caf::detached>(
      modbus_bus, std::string{"127.0.0.1"}, port, field_options{}, tell
  );
};

counter zero() { return std::make_shared<std::atomic<std::size_t>>(0); }

double bus_actor_loop(std::uint16_t port) {
  served_line line{port};
  auto good = zero();
  for (int i = 1; i < devices; ++i) line.serve(i, 1, good);
  for (auto last = line.serve(devices, 1, zero()); *last == 0;) line.pass(10ms);
  line.pass(warm_up);
  auto start = clock::now();
  auto before = good->load();
  line.pass(round_length);
  return per_second(static_cast<double>(*good - before) / registers, clock::now() - start);
}

/// Of the neighbour that is worst off: the part of its polls that it got.
double rate_kept(modbus_plant& plant, sim::fault fault) {
  served_line line{plant.number()};
  std::vector<counter> good;
  for (int i = 1; i <= neighbours; ++i) good.push_back(line.serve(i, i, zero()));
  line.serve(neighbours + 1, neighbours + 1, zero());
  line.pass(warm_up);
  plant.set_fault(neighbours + 1, fault.kind, fault.delay_ms);
  line.pass(warm_up);
  std::vector<std::size_t> before;
  for (auto& one : good) before.push_back(*one);
  auto start = clock::now();
  line.pass(beside_for);
  auto wanted = 2 * registers * per_second(1, 50ms);
  double least = 1;
  for (std::size_t i = 0; i < good.size(); ++i)
    least = std::min(
        least, per_second(static_cast<double>(*good[i] - before[i]), clock::now() - start) / wanted
    );
  plant.set_fault(neighbours + 1, sim::fault_kind::none);
  return least;
}

int run() {
  modbus_plant plant{neighbours + 1};
  std::vector<double> bare, actor, ratio;
  std::printf("reads of %d registers a second over one connection\n", registers);
  std::printf("%8s %12s %12s %8s\n", "round", "libmodbus", "bus actor", "ratio");
  for (int i = 1; i <= rounds; ++i) {
    bare.push_back(bare_loop(plant.number()));
    actor.push_back(bus_actor_loop(plant.number()));
    ratio.push_back(actor.back() / bare.back());
    std::printf("%8d %12.0f %12.0f %8.2f\n", i, bare.back(), actor.back(), ratio.back());
  }
  std::printf("%8s %12.0f %12.0f %8.2f\n", "median", median(bare), median(actor), median(ratio));
  std::printf("\nnine units, two reads each every 50 ms; kept by the worst off beside one that is\n"
  );
  for (auto fault :
       {sim::fault{}, sim::fault{sim::fault_kind::silent}, sim::fault{sim::fault_kind::slow, 300},
        sim::fault{sim::fault_kind::drip, 20}})
    std::printf("%12s %8.1f %%\n", fault.row().name.data(), 100 * rate_kept(plant, fault));
  return 0;
}

}  // namespace
}  // namespace stellwerk

int main() { return stellwerk::run(); }
