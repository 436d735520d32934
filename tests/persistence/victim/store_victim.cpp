#include <unistd.h>

#include <caf/event_based_actor.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "persistence/rocksdb_store.hpp"

/// A process that is there to be killed: `store_victim DIR ROUND` commits with eight committers
/// until then, each waiting for its answer, and writes a line `committer number` for each one.
namespace stellwerk {
namespace {

using namespace std::chrono_literals;

void commit_next(caf::event_based_actor* self, store_actor store, std::string who, int number) {
  auto key = who + '/' + std::to_string(number);
  event said{event_type::device_updated, key, {"node", "", ""}, "", "", {}};
  commit what{{{"a/" + key, 0}}, {{"a/" + key, key}, {"b/" + key, key}}, {said}, {}};
  self->request(store, 10s, what)
      .then(
          [=](const committed&) {
            auto line = key + '\n';
            if (write(STDOUT_FILENO, line.data(), line.size()) < 0) std::abort();
            commit_next(self, store, who, number + 1);
          },
          [](caf::error&) { std::abort(); }
      );
}

}  // namespace
}  // namespace stellwerk

int main(int argc, char** argv) {
  using namespace stellwerk;
  if (argc != 3) return 2;
  auto tools = system_instruments();
  caf_config config{tools.numbers};
  caf::actor_system sys{config};
  auto store = sys.spawn<caf::detached>(rocksdb_store, open_store(argv[1]), store_options{}, tools);
  for (int i = 0; i < 8; ++i) {
    auto who = std::string{argv[2]} + '-' + std::to_string(i);
    sys.spawn([=](caf::event_based_actor* self) { commit_next(self, store, who, 0); });
  }
  sys.await_all_actors_done();
}
