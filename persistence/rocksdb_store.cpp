#include "persistence/rocksdb_store.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "monitoring/failpoint.hpp"

namespace stellwerk {

namespace {

using namespace std::chrono_literals;
using store_self = metered<rocksdb_store_actor, rocksdb_store_state>;
using trim_atom = caf::atom_constant<caf::atom("trim")>;
using flush_atom = caf::atom_constant<caf::atom("flush")>;

constexpr std::size_t group_commits_max = 1024;
constexpr std::size_t group_bytes_max = 4 << 20;
constexpr std::size_t gather_turns_max = 256;
constexpr auto mark_after = 1s;
constexpr auto look_every = 1h;

void stop_serving(store_self* self, const instruments& tools, const caf::error& why) {
  self->state.stopped = is(why, errc::storage_full) ? errc::storage_full : errc::internal;
  tools.numbers->store_healthy.Set(0);
  tools.lines->error("store.stopped", {{"reason", render(why)}});
}

/// A write that failed may yet be found in the log by the next start.
void refuse_group(store_self* self, const instruments& tools) {
  auto code = errc::outcome_unknown;
  auto group = std::exchange(self->state.group, {});
  tools.numbers->commits_refused.Add({{"reason", std::string{row_of(code).name}}}
  ).Increment(static_cast<double>(group.size()));
  for (auto& one : group) one.caller.deliver(refuse(code));
}

void answer_group(store_self* self, const instruments& tools) {
  auto& m = *tools.numbers;
  auto group = std::exchange(self->state.group, {});
  auto now = self->clock().now();
  self->state.expected = group.size() + self->waiting();
  self->state.turns = 0;
  m.commit_group_size.Observe(static_cast<double>(group.size()));
  m.commits.Increment(static_cast<double>(std::ranges::count_if(group, [](auto& one) {
    return !one.answer.replayed;
  })));
  for (auto& one : group) {
    m.commit_seconds.Observe(std::chrono::duration<double>(now - one.since).count());
    one.caller.deliver(std::move(one.answer));
  }
}

void tell_followers(store_self* self, const instruments& tools, std::vector<std::string> news) {
  if (news.empty()) return;
  tools.numbers->journal_entries.Increment(static_cast<double>(news.size()));
  tools.numbers->journal_last_seq.Set(static_cast<double>(self->state.writer->head().seq));
  if (self->state.followers.empty()) return;
  auto batch = std::make_shared<const std::vector<std::string>>(std::move(news));
  self->state.followers.tell(self, journal_batch{batch});
}

/// Kept where the log is kept, too: who changes the store does not change that.
void tell_anchors(store_self* self, const instruments& tools) {
  for (auto& one : self->state.writer->take_anchors())
    tools.lines->info(
        "journal.anchored", {{"seq", static_cast<std::int64_t>(one.seq)},
                             {"hash", std::string_view{one.hash}},
                             {"anchored_at", std::string_view{to_text(one.time)}},
                             {"site", std::string_view{one.site}},
                             {"kid", std::string_view{one.kid}},
                             {"signature", std::string_view{one.signature}}}
    );
}

void write_mark(store_self* self) {
  self->state.mark->write(self->state.writer->durable_revision());
  self->state.mark_due.reset();
}

void flush(store_self* self, const instruments& tools) {
  auto& state = self->state;
  if (state.stopped) return;
  if (!state.group.empty() || !state.writer->idle()) {
    auto begun = self->clock().now();
    auto written = state.writer->write();
    state.write_took = self->clock().now() - begun;
    if (!written) {
      stop_serving(self, tools, written.error());
      return refuse_group(self, tools);
    }
    if (!state.group.empty()) answer_group(self, tools);
    fails_at(failpoint::store_after_answer);
    tell_anchors(self, tools);
    tell_followers(self, tools, std::move(*written));
    if (!state.mark_due) {
      state.mark_due = self->clock().now() + mark_after;
      self->delayed_send(self, mark_after, flush_atom::value);
    }
  }
  if (state.mark_due && *state.mark_due <= self->clock().now()) write_mark(self);
}

/// Whoever was just answered often commits again at once: without a moment's grace all of them
/// would miss this write, and two halves take turns at the disk for ever. Half of what a write
/// takes is well spent on that.
bool gathers(store_self* self) {
  auto& state = self->state;
  if (state.group.empty() || state.group.size() >= state.expected) return false;
  if (state.turns++ == gather_turns_max) return false;
  if (self->clock().now() - state.group.front().since > state.write_took / 2) return false;
  std::this_thread::yield();  // those awaited may need this very core
  return true;
}

bool has_room(store_self* self, const commit& what) {
  auto level = self->state.disk->level(self->clock().now());
  return level < (what.can_wait ? disk_level::reserve : disk_level::full);
}

caf::result<committed> take(store_self* self, const instruments& tools, const commit& what) {
  auto& state = self->state;
  auto planned = state.stopped ? caf::expected<committed>{refuse(*state.stopped)}
                               : state.writer->add(what, tools.now(), has_room(self, what));
  if (!planned) {
    auto& reason = row_of(refusal_of(planned.error()).code).name;
    tools.numbers->commits_refused.Add({{"reason", std::string{reason}}}).Increment();
    return planned.error();
  }
  auto caller = self->make_response_promise<committed>();
  state.group.push_back({caller, std::move(*planned), self->clock().now()});
  if (state.group.size() == 1) self->send(self, flush_atom::value);
  if (state.group.size() >= group_commits_max || state.writer->bytes() >= group_bytes_max)
    flush(self, tools);
  return caller;
}

void tell_retention(store_self* self, const instruments& tools, bool was_held, bool was_broken) {
  auto& retention = *self->state.retention;
  tools.numbers->journal_retention_held.Set(retention.held() ? 1 : 0);
  if (retention.held() && !was_held) tools.lines->warn("journal.retention_held", {});
  if (retention.broken() && !was_broken) tools.lines->error("journal.retention_stopped", {});
  if (auto cut = read_cut(*self->state.db))
    tools.numbers->journal_first_seq.Set(static_cast<double>(cut->seq + 1));
}

/// Each hour: what is new is anchored, and that nothing is counts as much.
void anchor(store_self* self, const instruments& tools) {
  auto& state = self->state;
  state.writer->anchor(tools.now());
  flush(self, tools);
  if (state.stopped) return;
  auto since = std::chrono::duration<double>(tools.now().time_since_epoch());
  tools.numbers->journal_anchor_time.Set(since.count());
}

/// One look, or one step of a run; commits go between the steps.
void trim(store_self* self, const instruments& tools) {
  auto& state = self->state;
  auto& retention = *state.retention;
  auto was_held = retention.held();
  auto was_broken = retention.broken();
  auto fits = !state.stopped && has_room(self, {});
  if (fits && !state.in_run) {
    if (state.anchors) anchor(self, tools);
    auto begins = retention.look(tools.now());
    state.in_run = begins && *begins;
    if (!begins) tools.lines->warn("journal.not_trimmed", {{"why", render(begins.error())}});
  } else if (fits) {
    auto dropped = retention.step(*state.writer, tools.now());
    state.in_run = dropped && *dropped > 0;
    if (!dropped) tools.lines->warn("journal.not_trimmed", {{"why", render(dropped.error())}});
    if (state.in_run) {
      tools.numbers->journal_dropped.Increment(static_cast<double>(*dropped));
      flush(self, tools);
    }
  }
  tell_retention(self, tools, was_held, was_broken);
  if (fits && state.in_run) return self->send(self, trim_atom::value);
  state.in_run = false;
  self->delayed_send(self, look_every, trim_atom::value);
}

}  // namespace

rocksdb_store_actor::behavior_type rocksdb_store(
    store_self* self, database_ptr db, store_options options, instruments tools
) {
  auto& state = self->state;
  once_limits once{options.once_keys_per_principal_max, options.once_keys_max};
  state.mark = std::make_unique<watermark>(mark_of(*db));
  state.disk = db->room(options.disk);
  state.retention = std::make_unique<journal_retention>(db, options.journal);
  state.db = db;
  state.anchors = options.key != nullptr;
  state.writer = std::make_unique<store_writer>(std::move(db), options.site, once, options.key);
  tools.numbers->store_healthy.Set(1);
  self->send(self, trim_atom::value);
  tools.numbers->journal_last_seq.Set(static_cast<double>(state.writer->head().seq));
  self->set_down_handler([=](const caf::down_msg& down) { self->state.followers.left(down); });
  self->set_exit_handler([=](const caf::exit_msg& end) {
    flush(self, tools);
    if (!self->state.stopped) write_mark(self);
    self->quit(end.reason);
  });
  return {
      [=](const commit& what) { return take(self, tools, what); },
      [=](const follow_journal& who) {
        self->state.followers.join(self, who.reader, *tools.lines, "store.follower_refused");
      },
      [=](flush_atom) {
        if (gathers(self)) return self->send(self, flush_atom::value);
        flush(self, tools);
      },
      [=](trim_atom) { trim(self, tools); },
  };
}

}  // namespace stellwerk
