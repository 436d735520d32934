#include <functional>
#include <utility>

#include "actors/field/device.hpp"
#include "actors/field/device_records.hpp"

namespace stellwerk {

namespace {

using namespace std::chrono_literals;

constexpr auto store_within = 10s;

void count(device_self* self, const command_record& record) {
  auto& numbers = *self->state.wired.tell.numbers;
  numbers.commands.Add({{"status", to_word(record.status)}}).Increment();
  if (!is_final(record.status)) return;
  std::chrono::duration<double> took = self->state.wired.tell.now() - record.created_at;
  numbers.command_seconds.Observe(took.count());
}

/// The store refused, or nobody knows: it is tried again.
void not_committed(device_self* self, const std::string& id, const caf::error& why) {
  auto& state = self->state;
  auto text = render(why);
  if (!std::exchange(state.store_fails, true))
    state.wired.tell.lines->warn("device.store_failed", {{"error", text}});
  state.queue.not_committed(id, self->clock().now());
  pump(self);
}

/// Done, by this commit or by one before it whose answer was lost: then its expectation fails.
void commit_once(
    device_self* self, const std::string& id, commit what, std::function<void()> done
) {
  self->request(self->state.wired.store, store_within, std::move(what))
      .then(
          [=](const committed&) {
            self->state.store_fails = false;
            done();
          },
          [=](const caf::error& why) {
            if (is(why, errc::stale_revision)) return done();
            not_committed(self, id, why);
          }
      );
}

void accepted(device_self* self, const std::string& id, std::uint64_t revision) {
  auto& state = self->state;
  auto* entry = state.queue.find(id);
  if (entry == nullptr) return;
  count(self, entry->record);
  state.queue.accepted(id, revision, state.wired.tell.now());
  state.asked_by.erase(id);
  refuse_unfit(self);
  pump(self);
}

void forget(device_self* self, const std::string& id) {
  self->state.queue.forget(id);
  self->state.asked_by.erase(id);
  pump(self);
}

/// It was accepted by a commit whose answer was lost.
void look_up_revision(device_self* self, const std::string& id) {
  auto& state = self->state;
  auto key = open_command_key(state.now.document.id, id);
  auto failed = [=](const caf::error& why) { not_committed(self, id, why); };
  self->request(state.wired.reader, store_within, scan{key, "", 1})
      .then(
          [=](const documents& found) {
            if (found.items.empty()) return failed(refuse(errc::internal, "no open command"));
            accepted(self, id, found.items[0].revision);
          },
          failed
      );
}

}  // namespace

void accept(
    device_self* self, const command_record& record, const context_ptr& by, device_state::answer to
) {
  self->state.asked_by[record.id] = by;
  self->request(self->state.wired.store, store_within, accept_commit(record, by))
      .then(
          [=](const committed& done) mutable {
            if (done.replayed) {
              forget(self, record.id);
              return answer_when_final(self, {nullptr, *done.replayed, 0}, to);
            }
            to.deliver(record);
            accepted(self, record.id, done.revision);
          },
          [=](caf::error& why) mutable {
            if (!may_be_done(why)) {
              forget(self, record.id);
              return to.deliver(std::move(why));
            }
            to.deliver(refuse(errc::outcome_unknown));
            not_committed(self, record.id, why);
          }
      );
}

/// The acceptance whose fate is unknown, once more. Its client was told so.
void accept_again(device_self* self, const std::string& id) {
  auto& state = self->state;
  auto what = accept_commit(state.queue.find(id)->record, state.asked_by[id]);
  self->request(state.wired.store, store_within, std::move(what))
      .then(
          [=](const committed& done) {
            if (!done.replayed) return accepted(self, id, done.revision);
            if (*done.replayed == id) return look_up_revision(self, id);
            forget(self, id);
          },
          [=](const caf::error& why) {
            if (is(why, errc::stale_revision)) return look_up_revision(self, id);
            not_committed(self, id, why);
          }
      );
}

void mark_sent(device_self* self, const std::string& id) {
  auto& state = self->state;
  auto* entry = state.queue.find(id);
  auto at = state.wired.tell.now();
  commit_once(self, id, sent_commit(entry->record, entry->revision, at), [=] {
    self->state.queue.sent(id, at);
    pump(self);
  });
}

void end(device_self* self, const std::string& id, const command_end& how) {
  auto& state = self->state;
  auto record = ended(state.queue.find(id)->record, how, state.wired.tell.now());
  auto what = end_commit(record, how.code == "cancelled" ? state.asked_by[id] : context_ptr{});
  commit_once(self, id, std::move(what), [=] {
    auto& waiters = self->state.waiters;
    self->state.queue.ended(id);
    self->state.asked_by.erase(id);
    count(self, record);
    for (auto one = waiters.begin(); one != waiters.end();) {
      if (one->second.id == id) one->second.to.deliver(record);
      one = one->second.id == id ? waiters.erase(one) : std::next(one);
    }
    pump(self);
  });
}

}  // namespace stellwerk
