#include <algorithm>
#include <charconv>
#include <utility>

#include "actors/field/devices_state.hpp"

namespace stellwerk {

namespace {

using namespace std::chrono_literals;

constexpr auto kept = std::chrono::days{90};
constexpr auto step_after = 5s;
constexpr std::uint32_t step_max = 200;

/// The moment in a UUID v7; the end of time if that is none.
wall_time made_at(std::string_view id) {
  auto digits =
      std::string{id.substr(0, 8)} + std::string{id.substr(std::min<std::size_t>(id.size(), 9), 4)};
  std::int64_t ms = 0;
  auto [end, bad] = std::from_chars(digits.data(), digits.data() + digits.size(), ms, 16);
  auto whole = bad == std::errc{} && end == digits.data() + 12;
  return whole ? wall_time{std::chrono::milliseconds{ms}} : wall_time::max();
}

}  // namespace

/// Each device's come in order of time: the first one that is kept leads to the next device.
void prune_commands(devices_self* self) {
  auto& state = self->state;
  auto again = [=] { self->delayed_send(self, step_after, prune_atom::value); };
  auto failed = [=](const caf::error&) { again(); };
  auto take = [=](const documents& found) {
    commit what;
    auto to = std::string{};  // from the start again
    auto oldest = self->state.wired.tell.now() - kept;
    for (auto& one : found.items) {
      auto slash = one.key.rfind('/');
      auto id = one.key.substr(slash + 1);
      if (made_at(id) >= oldest) {
        to = one.key.substr(0, slash) + '0';  // beyond '/'
        break;
      }
      what.changes.push_back({one.key, {}});
      what.changes.push_back({command_owner_key(id), {}});
      to = one.key;
    }
    auto done = [=](const committed&) {
      self->state.pruned_to = to;
      again();
    };
    self->state.prunes = !what.changes.empty();
    if (what.changes.empty()) return done({});
    self->request(self->state.wired.store, 10s, std::move(what)).then(done, failed);
  };
  auto limit = state.prunes ? step_max : 1;  // most of the time there is nothing
  self->request(state.wired.reader, 10s, scan{document_key("command", ""), state.pruned_to, limit})
      .then(take, failed);
}

}  // namespace stellwerk
