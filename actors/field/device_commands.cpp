#include <algorithm>
#include <utility>

#include "actors/field/device.hpp"
#include "actors/field/device_rules.hpp"

namespace stellwerk {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

void tell_open(device_self* self) {
  auto& state = self->state;
  auto open = static_cast<double>(state.queue.size());
  state.wired.tell.numbers->commands_open.Increment(open - state.told_open);
  state.told_open = open;
}

void hand_over(device_self* self, const std::string& id, bool only_read) {
  auto& state = self->state;
  auto* entry = state.queue.find(id);
  auto& now = state.now;
  auto* where = channel_of(state.now.document, entry->record.channel);
  auto code = where == nullptr ? "channel_missing" : !now.bus ? "device_down" : "";
  if (where != nullptr && !only_read && !writable(*where, entry->record.value, now.by))
    code = "not_representable";  // by the channel as it is now
  if (*code != '\0')
    return state.queue.outcome({id, now.document.id, false, code, "", {}}, self->clock().now());
  write_point point;
  point.command_id = id;
  point.device_id = now.document.id;
  point.point = {now.document.series.at(where->name), *where};
  point.what = converted(entry->record.value, where->type);
  point.deadline = only_read ? self->clock().now() + 10s : entry->deadline;
  point.read_back = only_read || entry->record.verify;
  point.only_read = only_read;
  point.listener = self;
  self->send<caf::message_priority::high>(now.bus, std::move(point));
}

void answer_stored(device_self* self, const std::string& id, device_state::answer to) {
  auto& state = self->state;
  auto deliver = [=](caf::expected<command_record> found) mutable { to.deliver(std::move(found)); };
  read_command_of(self, state.wired.reader, state.now.document.id, id, std::move(deliver));
}

command_queue::entry entry_of(
    device_self* self, command_record record, std::uint64_t revision, command_queue::moment deadline
) {
  auto& now = self->state.now;
  command_queue::entry made{{}, revision, command_order::queue, 0, deadline};
  if (auto* where = channel_of(now.document, record.channel); where != nullptr) {
    made.order = where->order;
    made.tolerance = tolerance_of(*where, record.value, now.by);
  }
  if (now.by != nullptr && now.by->settles != nullptr)
    made.settles = now.by->settles(now.document.fields.settings);
  made.record = std::move(record);
  return made;
}

}  // namespace

void pump(device_self* self) {
  auto& state = self->state;
  for (;;) {
    auto steps = state.queue.next(self->clock().now());
    if (steps.empty()) break;
    for (auto& step : steps) {
      switch (step.what) {
        case command_queue::doing::accept:
          accept_again(self, step.id);
          break;
        case command_queue::doing::mark_sent:
          mark_sent(self, step.id);
          break;
        case command_queue::doing::write:
        case command_queue::doing::read:
          hand_over(self, step.id, step.what == command_queue::doing::read);
          break;
        case command_queue::doing::end:
          end(self, step.id, step.end);
          break;
      }
    }
  }
  arm(self);
  tell_open(self);
  if (!state.retiring || !state.queue.empty()) return;
  if (state.now.bus)
    self->send<caf::message_priority::high>(state.now.bus, drop_unit{state.now.document.id});
  store_samples(self, state.filter.lost(state.wired.tell.now()));
  state.retiring->deliver(caf::unit);
  self->quit(caf::exit_reason::normal);
}

/// Ends what waits and may no longer be sent.
void refuse_unfit(device_self* self) {
  auto& state = self->state;
  auto& fields = state.now.document.fields;
  for (auto& id : state.queue.waiting()) {
    auto& record = state.queue.find(id)->record;
    auto* where = channel_of(state.now.document, record.channel);
    std::string code;
    if (state.retiring)
      code = "device_deleted";
    else if (!fields.enabled)
      code = "disabled";
    else if (where == nullptr)
      code = "channel_missing";
    else if (auto fit = writable(*where, record.value, state.now.by); !fit)
      code = row_of(refusal_of(fit.error()).code).name;
    if (!code.empty()) state.queue.refuse_waiting(id, code, "the device was changed");
  }
}

void carry(device_self* self, carry_out& what, device_state::answer to) {
  auto& state = self->state;
  auto& fields = state.now.document.fields;
  auto& asked = what.what;
  if (state.retiring) return to.deliver(refuse(errc::not_found));
  if (!fields.enabled) return to.deliver(refuse(errc::disabled));
  auto* where = channel_of(state.now.document, asked.channel);
  if (where == nullptr)
    return to.deliver(
        refuse(errc::invalid, problems{{"channel", "not_found", "is not known", "a channel"}})
    );
  if (state.now.pushed()) return to.deliver(refuse(errc::not_writable));
  auto wanted = writable(*where, asked.value, state.now.by);
  if (!wanted) return to.deliver(std::move(wanted.error()));
  if (state.queue.full()) return to.deliver(refuse(errc::busy));

  auto& tell = state.wired.tell;
  command_record record;
  record.id = what.id;
  record.device_id = state.now.document.id;
  record.device = fields.name;
  record.channel = asked.channel;
  record.value = *wanted;
  record.verify = asked.verify.value_or(where->verify);
  record.created_at = tell.now();
  record.expires_at = record.created_at + milliseconds{asked.expires_in_ms};
  note(record, command_status::accepted, record.created_at);
  auto by = make_event(event_type::command_accepted, "", asked.context).actor;
  record.requested_by = by.principal;
  record.cause = asked.context ? asked.context->cause : "";
  record.request_id = asked.context ? asked.context->request_id : "";

  auto deadline = self->clock().now() + milliseconds{asked.expires_in_ms};
  state.queue.accept(entry_of(self, record, 0, deadline));
  accept(self, record, asked.context, to);
}

void restore_commands(device_self* self, std::vector<open_command> open) {
  auto now = self->clock().now();
  // Those that wait were last written when they were accepted.
  std::ranges::sort(open, {}, &open_command::revision);
  for (auto& [record, revision] : open) {
    // A wall clock that was set back meanwhile gives no more time than there was at first.
    auto left = record.expires_at - std::max(record.created_at, self->state.wired.tell.now());
    self->state.queue.restore(entry_of(self, std::move(record), revision, now + left), now);
  }
  refuse_unfit(self);
  pump(self);
}

void answer_when_final(device_self* self, const await_outcome& what, device_state::answer to) {
  auto& state = self->state;
  auto* entry = state.queue.find(what.id);
  if (entry == nullptr) return answer_stored(self, what.id, to);
  if (what.within_ms == 0 || state.waiters.size() >= device_state::waiters_max)
    return to.deliver(entry->record);
  auto number = state.next_waiter++;
  state.waiters.emplace(number, device_state::waiter{what.id, to});
  auto within = std::min(milliseconds{what.within_ms}, milliseconds{30'000});
  self->delayed_send(self, within, told_atom::value, number);
}

void cancel(device_self* self, const cancel_command& what, device_state::answer to) {
  auto& state = self->state;
  auto id = what.id.str();
  if (state.queue.find(id) == nullptr) {
    auto refuse_final = [=](caf::expected<command_record> found) mutable {
      to.deliver(found ? refuse(errc::conflict, "The command is final") : found.error());
    };
    return read_command_of(
        self, state.wired.reader, state.now.document.id, id, std::move(refuse_final)
    );
  }
  if (!state.queue.refuse_waiting(id, "cancelled", ""))
    return to.deliver(refuse(errc::conflict, "The command was sent"));
  state.asked_by[id] = what.context;
  answer_when_final(self, {nullptr, id, 10'000}, to);
  pump(self);
}

void retire(device_self* self, caf::response_promise to) {
  self->state.retiring = to;
  refuse_unfit(self);
  self->delayed_send(self, 5s, give_up_atom::value);
  pump(self);
}

}  // namespace stellwerk
