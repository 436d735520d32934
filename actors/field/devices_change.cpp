#include <algorithm>
#include <utility>

#include "actors/field/device_records.hpp"
#include "actors/field/devices_state.hpp"
#include "actors/model/ids.hpp"

namespace stellwerk {

namespace {

using namespace std::chrono_literals;

constexpr auto store_within = 10s;

/// Problems of `channels[i]` as problems of that channel's own body.
problems seen_from(const std::string& channel, const device_fields& fields, problems all) {
  auto at = std::ranges::find(fields.channels, channel, [](auto& one) { return one.name.str(); });
  auto prefix = "channels[" + std::to_string(at - fields.channels.begin()) + "].";
  for (auto& one : all)
    if (one.path.starts_with(prefix)) one.path.erase(0, prefix.size());
  return all;
}

/// Empty if the edit changes nothing.
caf::expected<std::optional<planned_change>> plan_change(
    devices_self* self, const device_entry& entry, const device_wish& wish, const device_edit& edit
) {
  auto& state = self->state;
  if (wish.context && wish.context->if_match && *wish.context->if_match != entry.revision)
    return refuse(errc::stale_revision);
  auto after = edit(entry.document);
  if (!after) return after.error();
  if (json::encode(*after) == json::encode(entry.document)) return std::nullopt;
  auto wrong = state.wired.rules.check(after->fields, &entry.document.fields);
  if (!wrong.empty()) {
    if (!wish.channel.empty()) wrong = seen_from(wish.channel, after->fields, std::move(wrong));
    return refuse(errc::invalid, std::move(wrong));
  }
  after->updated_at = state.wired.tell.now();
  number_channels(*after, state.next_series);
  auto what =
      change_commit(&entry.document, entry.revision, *after, state.next_series, wish.context);
  if (wish.makes) what.once = once_of(wish.context, after->id);
  return planned_change{std::move(*after), std::move(what)};
}

/// Whether this Idempotency-Key has made the thing that is now in its own way. The expectation
/// never holds: nothing can be changed by this.
void ask_if_done(
    devices_self* self, const device_entry& entry, const device_wish& wish, caf::error otherwise,
    device_done done
) {
  auto& id = entry.document.id;
  commit question{{{device_key(id), 0}}, {}, {}, once_of(wish.context, id)};
  submit(
      self, {entry.document, std::move(question)},
      [=](const caf::error& why, const device_entry* found) {
        auto new_key = is(why, errc::stale_revision);
        done(new_key ? otherwise : why, found);
      }
  );
}

void change_now(
    devices_self* self, const std::string& id, const device_wish& wish, const device_edit& edit,
    const device_done& done
) {
  auto& devices = self->state.by_id;
  auto found = devices.find(id);
  if (found == devices.end()) {
    done(refuse(errc::not_found), nullptr);
    return end_turn(self, id);
  }
  auto plan = plan_change(self, found->second, wish, edit);
  if (plan && *plan) return submit(self, std::move(**plan), done);
  if (!plan && wish.makes && is(plan.error(), errc::name_taken) && once_of(wish.context, id))
    return ask_if_done(self, found->second, wish, std::move(plan.error()), done);
  if (plan)
    done({}, &found->second);
  else
    done(plan.error(), nullptr);
  end_turn(self, id);
}

}  // namespace

bool take_turn(devices_self* self, const std::string& id, std::function<void()> act) {
  auto [turn, free] = self->state.turns.try_emplace(id);
  if (!free && turn->second.size() >= devices_state::turns_max) return false;
  if (free)
    act();
  else
    turn->second.push_back(std::move(act));
  return true;
}

void end_turn(devices_self* self, const std::string& id) {
  auto& turns = self->state.turns;
  auto turn = turns.find(id);
  if (turn == turns.end()) return;
  if (turn->second.empty()) return void(turns.erase(turn));
  auto next = std::move(turn->second.front());
  turn->second.pop_front();
  next();
}

caf::error told(const caf::error& why, const device_document& after) {
  if (may_be_done(why)) return refuse(errc::outcome_unknown);
  if (!is(why, errc::stale_revision)) return why;
  auto taken = stale_key(why) == device_name_key(after.fields.name);
  return refuse(taken ? errc::name_taken : errc::stale_revision);
}

void look_at(devices_self* self, const caf::error& why) {
  if (may_be_done(why)) start_over(self, why);
}

void submit(devices_self* self, planned_change plan, device_done done) {
  auto id = plan.after.id;
  self->request(self->state.wired.store, store_within, std::move(plan.what))
      .then(
          [=, after = plan.after](const committed& made) {
            auto& devices = self->state.by_id;
            auto fresh = !made.replayed && !devices.contains(id);
            if (!made.replayed) adopt(self, after, made.revision);
            if (fresh) spawn_device(self, devices.at(id), {});
            auto found = devices.find(made.replayed.value_or(id));
            if (found == devices.end())
              done(refuse(errc::not_found), nullptr);
            else
              done({}, &found->second);
            end_turn(self, id);
          },
          [=, after = plan.after](const caf::error& why) {
            done(told(why, after), nullptr);
            end_turn(self, id);
            look_at(self, why);
          }
      );
}

void start_over(devices_self* self, const caf::error& why) {
  auto text = render(why);
  self->state.wired.tell.lines->error("devices.store_failed", {{"error", text}});
  self->quit(why);
}

void create(devices_self* self, const create_device& what, device_done done) {
  auto& state = self->state;
  auto& fields = what.fields.fields;
  if (!state.loaded) return done(refuse(errc::not_ready), nullptr);
  if (!may(self, what.context, permission::device_create, "", tags_of(fields)))
    return done(refuse(errc::forbidden), nullptr);
  if (auto wrong = state.wired.rules.check(fields); !wrong.empty())
    return done(refuse(errc::invalid, std::move(wrong)), nullptr);
  if (state.by_id.size() + state.turns.size() >= devices_max)
    return done(refuse(errc::conflict, "A site has 10,000 devices at most"), nullptr);
  auto now = state.wired.tell.now();
  device_document made{uuid_v4(), fields, {}, now, now, {}};
  number_channels(made, state.next_series);
  auto plan = change_commit(nullptr, 0, made, state.next_series, what.context);
  plan.once = once_of(what.context, made.id);
  auto id = made.id;
  take_turn(self, id, [&] { submit(self, {std::move(made), std::move(plan)}, std::move(done)); });
}

void edit_device(devices_self* self, device_wish wish, device_edit edit, device_done done) {
  auto entry = find_device(self, wish);
  if (!entry) return done(entry.error(), nullptr);
  auto id = (*entry)->document.id;
  auto act = [=] { change_now(self, id, wish, edit, done); };
  if (!take_turn(self, id, act)) done(refuse(errc::busy), nullptr);
}

}  // namespace stellwerk
