#include <utility>

#include "actors/field/device_records.hpp"
#include "actors/field/devices_state.hpp"
#include "actors/model/ids.hpp"

namespace stellwerk {

namespace {

using namespace std::chrono_literals;

using removal_done = std::function<void(const caf::error&)>;

/// Its commands end, by its actor or, if that is not there or does not manage, by us; then it
/// leaves its line.
void retire(devices_self* self, device_entry gone, removal_done done) {
  auto id = gone.document.id;
  auto finish = [=, line = gone.line] {
    leave_line(self, line, id);
    done({});
    end_turn(self, id);
  };
  auto by_ourselves = [=, actor = gone.actor, line = gone.line](const caf::error&) {
    if (actor) self->send_exit(actor, caf::exit_reason::kill);
    drop_from_line(self, line, id);
    read_open(self, open_command_key(id, ""), [=](caf::expected<open_commands> open) {
      if (!open) return finish();  // the next load ends them
      end_orphans(self, std::move(*open), finish);
    });
  };
  if (!gone.actor) return by_ourselves({});
  self->request(gone.actor, 15s, retire_device{}).then(finish, by_ourselves);
}

void remove_now(
    devices_self* self, const std::string& id, const device_wish& wish, const removal_done& done
) {
  auto& state = self->state;
  auto found = state.by_id.find(id);
  caf::error refused;
  if (found == state.by_id.end())
    refused = refuse(errc::not_found);
  else if (auto& context = wish.context;
           context && context->if_match && *context->if_match != found->second.revision)
    refused = refuse(errc::stale_revision);
  if (refused) {
    done(refused);
    return end_turn(self, id);
  }
  auto after = found->second.document;
  after.deleted_at = after.updated_at = state.wired.tell.now();
  auto what = change_commit(
      &found->second.document, found->second.revision, after, state.next_series, wish.context
  );
  self->request(state.wired.store, 10s, std::move(what))
      .then(
          [=](const committed&) { retire(self, release(self, id), done); },
          [=](const caf::error& why) {
            done(told(why, after));
            end_turn(self, id);
            look_at(self, why);
          }
      );
}

void restore_now(
    devices_self* self, const std::string& id, const device_wish& wish, const device_done& done
) {
  auto refused = [=](const caf::error& why) {
    done(why, nullptr);
    end_turn(self, id);
  };
  auto found = self->state.by_id.find(id);
  if (found != self->state.by_id.end()) {  // it lives: asked twice
    done({}, &found->second);
    return end_turn(self, id);
  }
  self->request(self->state.wired.reader, 5s, scan{device_key(id), "", 1})
      .then(
          [=](const documents& stored) {
            auto& state = self->state;
            auto before = stored.items.empty() ? std::nullopt : device_from(stored.items[0]);
            if (!before || !before->deleted_at ||
                !may(self, wish.context, wish.wanted, id, tags_of(before->fields)))
              return refused(refuse(errc::not_found));
            if (state.by_id.size() >= devices_max)
              return refused(refuse(errc::conflict, "A site has 10,000 devices at most"));
            auto after = *before;
            after.deleted_at.reset();
            after.updated_at = state.wired.tell.now();
            auto what = change_commit(
                &*before, stored.items[0].revision, after, state.next_series, wish.context
            );
            what.once = once_of(wish.context, id);
            submit(self, {std::move(after), std::move(what)}, done);
          },
          refused
      );
}

}  // namespace

void remove(devices_self* self, device_wish wish, removal_done done) {
  auto entry = find_device(self, wish);
  if (!entry) return done(entry.error());
  auto id = (*entry)->document.id;
  if (!take_turn(self, id, [=] { remove_now(self, id, wish, done); })) done(refuse(errc::busy));
}

void restore(devices_self* self, device_wish wish, device_done done) {
  if (!self->state.loaded) return done(refuse(errc::not_ready), nullptr);
  auto id = wish.device;
  if (!is_uuid(id)) return done(refuse(errc::not_found), nullptr);
  if (!take_turn(self, id, [=] { restore_now(self, id, wish, done); }))
    done(refuse(errc::busy), nullptr);
}

}  // namespace stellwerk
