#include "actors/field/device.hpp"

#include <algorithm>
#include <utility>

#include "actors/field/command_list.hpp"
#include "actors/model/ids.hpp"

namespace stellwerk {

void arm(device_self* self) {
  auto& state = self->state;
  auto due = state.queue.next_deadline();
  if (auto stale = state.filter.next_due(); stale && (!due || *stale < *due)) due = stale;
  auto untold = !state.journaling && state.journaled != state.link.state;
  if (untold && (!due || state.journal_after < *due)) due = state.journal_after;
  if (!due || (state.armed && *state.armed <= *due)) return;
  state.armed = due;
  auto wait = std::max(*due - self->clock().now(), command_queue::moment::duration{0});
  self->delayed_send(self, wait, check_atom::value, ++state.timer);
}

namespace {

void check_now(device_self* self, std::uint64_t timer) {
  auto& state = self->state;
  if (timer != state.timer) return;
  state.armed.reset();
  store_samples(self, state.filter.overdue(self->clock().now(), state.wired.tell.now()));
  journal_link(self);
  pump(self);
}

caf::result<command_page> list(device_self* self, list_commands& what) {
  if (what.cursor && !is_uuid(what.cursor->str()))
    return refuse(errc::invalid, problems{{"cursor", "bad_format", "is no cursor", "as given"}});
  auto to = self->make_response_promise<command_page>();
  caf::response_promise answer = to;
  auto& id = self->state.now.document.id;
  list_from(
      self, self->state.wired.reader,
      std::make_shared<command_listing>(std::move(what), id, self->state.queue.open()),
      [=](caf::expected<command_page> page) mutable { answer.deliver(std::move(page)); }
  );
  return to;
}

}  // namespace

device_actor::behavior_type device(
    device_self* self, device_wiring wired, set_up_device first, std::vector<open_command> open
) {
  auto& state = self->state;
  state.wired = std::move(wired);
  state.link.since = state.wired.tell.now();
  if (first.pushed()) state.link.state = state.journaled = link_state::online;
  set_up(self, std::move(first));
  recall(self);
  restore_commands(self, std::move(open));

  return {
      [=](bus_results& seen) { take_results(self, seen); },
      [=](const write_outcome& what) {
        self->state.queue.outcome(what, self->clock().now());
        pump(self);
      },
      [=](set_up_device& next) { set_up(self, std::move(next)); },
      [=](carry_out& what) -> caf::result<command_record> {
        auto to = self->make_response_promise<command_record>();
        carry(self, what, to);
        return to;
      },
      [=](const await_outcome& what) -> caf::result<command_record> {
        auto to = self->make_response_promise<command_record>();
        answer_when_final(self, what, to);
        return to;
      },
      [=](const cancel_command& what) -> caf::result<command_record> {
        auto to = self->make_response_promise<command_record>();
        cancel(self, what, to);
        return to;
      },
      [=](list_commands& what) { return list(self, what); },
      [=](const retire_device&) -> caf::result<void> {
        auto to = self->make_response_promise<void>();
        retire(self, to);
        return to;
      },
      [=](check_atom, std::uint64_t timer) { check_now(self, timer); },
      [=](told_atom, std::uint64_t number) {
        auto& waiters = self->state.waiters;
        auto found = waiters.find(number);
        if (found == waiters.end()) return;
        auto one = std::move(found->second);
        waiters.erase(found);
        answer_when_final(self, {nullptr, one.id, 0}, one.to);
      },
      [=](give_up_atom) {
        self->state.queue.give_up();
        pump(self);
      },
  };
}

}  // namespace stellwerk
