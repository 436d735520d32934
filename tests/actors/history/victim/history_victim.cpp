#include <unistd.h>

#include <caf/event_based_actor.hpp>
#include <chrono>
#include <cstdlib>
#include <string>

#include "actors/history/historian.hpp"
#include "tests/actors/history/crash_batch.hpp"

/// A process that is there to be killed: `history_victim DIR ROUND` appends with eight producers
/// until then, each waiting for its answer, and writes a line `producer number` for each one.
namespace stellwerk {
namespace {

using namespace std::chrono_literals;

void append_next(
    caf::event_based_actor* self, historian_actor to, std::uint32_t who, std::uint32_t number
) {
  self->request(to, 10s, crash_batch(who, number))
      .then(
          [=](const post_answer&) {
            auto line = std::to_string(who) + ' ' + std::to_string(number) + '\n';
            if (write(STDOUT_FILENO, line.data(), line.size()) < 0) std::abort();
            append_next(self, to, who, number + 1);
          },
          [](caf::error&) { std::abort(); }
      );
}

}  // namespace
}  // namespace stellwerk

int main(int argc, char** argv) {
  using namespace stellwerk;
  if (argc != 3) return 2;
  auto round = static_cast<std::uint32_t>(std::stoul(argv[2]));
  auto tools = system_instruments();
  caf_config config{tools.numbers};
  caf::actor_system sys{config};
  auto writer = std::make_shared<sample_writer>(open_history(argv[1]), crash_limits);
  historian_actor to =
      sys.spawn<caf::detached>(historian, std::move(writer), history_keeping{}, tools);
  for (std::uint32_t i = 0; i < 8; ++i) {
    auto who = round * 8 + i;
    sys.spawn([=](caf::event_based_actor* self) { append_next(self, to, who, 0); });
  }
  sys.await_all_actors_done();
}
