#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "actors/history/historian_steps.hpp"
#include "actors/model/error.hpp"

namespace stellwerk {

namespace {

using namespace std::chrono_literals;
using drop_atom = caf::atom_constant<caf::atom("drop")>;
using look_atom = caf::atom_constant<caf::atom("look")>;
using flush_atom = caf::atom_constant<caf::atom("flush")>;

constexpr std::size_t group_appends_max = 1024;
constexpr std::size_t group_samples_max = 65'536;
constexpr auto mark_after = 1s;

void count_refused(metrics& m, std::string_view reason, std::size_t samples) {
  if (samples == 0) return;
  m.samples_received.Increment(static_cast<double>(samples));
  m.samples_refused.Add({{"reason", std::string{reason}}}).Increment(static_cast<double>(samples));
}
void count_refused(metrics& m, const std::vector<refused_sample>& refused) {
  std::map<std::string_view, std::size_t> by_code;
  for (auto& one : refused) ++by_code[one.code];
  for (auto& [code, samples] : by_code) count_refused(m, code, samples);
}
void count_stored(metrics& m, std::size_t samples) {
  m.samples_received.Increment(static_cast<double>(samples));
  m.samples_stored.Increment(static_cast<double>(samples));
}

/// A write that failed may yet be found in the log by the next start.
void refuse_group(historian_self* self, const instruments& tools) {
  auto code = errc::outcome_unknown;
  auto reason = row_of(code).name;
  count_refused(*tools.numbers, reason, std::exchange(self->state.recorded, 0));
  for (auto& one : std::exchange(self->state.group, {})) {
    count_refused(
        *tools.numbers, reason, one.taken.answer.accepted + one.taken.answer.refused.size()
    );
    one.caller.deliver(refuse(code));
  }
}

void answer_group(historian_self* self, const instruments& tools) {
  auto& m = *tools.numbers;
  auto now = self->clock().now();
  count_stored(m, std::exchange(self->state.recorded, 0));
  for (auto& one : std::exchange(self->state.group, {})) {
    auto& answer = one.taken.answer;
    if (one.taken.repeated) {
      auto all = static_cast<double>(answer.accepted + answer.refused.size());
      m.samples_received.Increment(all);
      m.samples_duplicate.Increment(all);
    } else {
      count_stored(m, answer.accepted);
      count_refused(m, answer.refused);
      if (one.gap_before) self->state.gaps.note(*one.gap_before, one.taken.skipped);
    }
    m.append_seconds.Observe(std::chrono::duration<double>(now - one.since).count());
    one.caller.deliver(std::move(answer));
  }
}

void tell_followers(historian_self* self, samples news) {
  if (news.empty() || self->state.followers.empty()) return;
  auto batch = std::make_shared<const samples>(std::move(news));
  self->state.followers.tell(self, sample_batch{batch});
}

void plan_flush(historian_self* self) {
  if (std::exchange(self->state.flush_sent, true)) return;
  self->send(self, flush_atom::value);
}

void tell_rebuilt(historian_self* self, const instruments& tools) {
  auto& state = self->state;
  auto rebuilt = state.writer->minutes_rebuilt();
  tools.numbers->rollups_rebuilt.Increment(
      static_cast<double>(rebuilt - std::exchange(state.minutes_told, rebuilt))
  );
  auto inexact = state.writer->minutes_inexact();
  auto more = inexact - std::exchange(state.inexact_told, inexact);
  if (more == 0) return;
  tools.numbers->rollups_inexact.Increment(static_cast<double>(more));
  tools.lines->error("history.rollup_inexact", {{"minutes", std::to_string(more)}});
}

void close_heads(historian_self* self, const instruments& tools) {
  auto& state = self->state;
  auto more = state.writer->close_heads();
  if (!more) return stop_serving(self, tools, more.error());
  if (*more) plan_flush(self);
  auto& m = *tools.numbers;
  auto chunks = state.writer->chunks_written();
  m.chunks_written.Increment(static_cast<double>(chunks - state.chunks_told));
  state.chunks_told = chunks;
  tell_rebuilt(self, tools);
  m.head_samples.Set(static_cast<double>(state.writer->heads().count()));
}

/// A little after each group, however many wait, so that small chunks never pile up.
void compact(historian_self* self, const instruments& tools) {
  auto& state = self->state;
  auto more = state.writer->compact();
  if (!more) return stop_serving(self, tools, more.error());
  if (*more) plan_flush(self);
  auto replaced = state.writer->chunks_replaced();
  tools.numbers->chunks_replaced.Increment(
      static_cast<double>(replaced - std::exchange(state.replaced_told, replaced))
  );
}

void write_mark(historian_self* self, const instruments& tools) {
  self->state.writer->write_mark();
  self->state.mark_due.reset();
  tools.numbers->history_bytes.Set(static_cast<double>(self->state.writer->disk_bytes()));
}

void flush(historian_self* self, const instruments& tools) {
  auto& state = self->state;
  if (state.stopped) return;
  if (!state.group.empty() || state.recorded > 0) {
    auto written = state.writer->write(tools.now());
    if (!written) {
      stop_serving(self, tools, written.error());
      return refuse_group(self, tools);
    }
    answer_group(self, tools);
    tell_followers(self, std::move(*written));
    if (!state.mark_due) {
      state.mark_due = self->clock().now() + mark_after;
      self->delayed_send(self, mark_after, flush_atom::value);
    }
  }
  close_heads(self, tools);
  if (!state.stopped) compact(self, tools);
  if (state.mark_due && *state.mark_due <= self->clock().now()) write_mark(self, tools);
}

void flush_if_full(historian_self* self, const instruments& tools) {
  auto& state = self->state;
  if (state.group.size() >= group_appends_max || state.writer->waiting() >= group_samples_max)
    flush(self, tools);
}

bool has_room(historian_self* self) {
  auto& state = self->state;
  return state.writer->has_room(self->clock().now()) &&
         (!state.retention || state.retention->has_room());
}

caf::result<post_answer> append(
    historian_self* self, const instruments& tools, append_samples& what
) {
  auto& state = self->state;
  auto total = what.items.size() + what.refused.size();
  auto stamp = what.stamp;
  if (state.retention) refuse_old(what, *state.retention);
  auto taken = state.stopped ? caf::expected<sample_writer::taken>{refuse(*state.stopped)}
                             : state.writer->add(what, tools.now(), has_room(self));
  if (!taken) {
    count_refused(*tools.numbers, row_of(refusal_of(taken.error()).code).name, total);
    return taken.error();
  }
  auto caller = self->make_response_promise<post_answer>();
  auto gap = taken->skipped > 0 ? std::move(stamp) : std::nullopt;
  state.group.push_back({caller, std::move(*taken), self->clock().now(), std::move(gap)});
  plan_flush(self);
  flush_if_full(self, tools);
  return caller;
}

/// What cannot be stored is seen all the same: people and rules work on with it.
void show(historian_self* self, samples items) {
  self->state.writer->show(items);
  tell_followers(self, std::move(items));
}

void record(historian_self* self, const instruments& tools, record_samples& what) {
  auto& state = self->state;
  auto total = what.items.size();
  auto why = state.stopped;
  if (!why && !has_room(self)) why = errc::storage_full;
  if (why) {
    count_refused(*tools.numbers, row_of(*why).name, total);
    return show(self, std::move(what.items));
  }
  auto stored = state.writer->add(std::move(what.items));
  count_refused(*tools.numbers, "wrong_type", total - stored);
  state.recorded += stored;
  plan_flush(self);
  flush_if_full(self, tools);
}

latest_values latest(const sample_heads& heads, const std::vector<std::uint32_t>& series) {
  latest_values found;
  for (auto one : series)
    if (auto* last = heads.latest(one)) found.items.push_back(*last);
  return found;
}

sample_batch copy_heads(const sample_heads& heads, const read_heads& what) {
  samples found;
  for (auto one : what.series) heads.copy(one, what.from, what.to, found);
  return std::make_shared<const samples>(std::move(found));
}

}  // namespace

void stop_serving(historian_self* self, const instruments& tools, const caf::error& why) {
  self->state.stopped = is(why, errc::storage_full) ? errc::storage_full : errc::internal;
  tools.numbers->history_healthy.Set(0);
  tools.lines->error("history.stopped", {{"reason", render(why)}});
}

void historian_state::count_refused(metrics& numbers, const caf::type_erased_tuple& mail) {
  auto reason = row_of(errc::busy).name;
  if (mail.match_elements<record_samples>())
    stellwerk::count_refused(numbers, reason, mail.get_as<record_samples>(0).items.size());
  if (!mail.match_elements<append_samples>()) return;
  auto& asked = mail.get_as<append_samples>(0);
  stellwerk::count_refused(numbers, reason, asked.items.size() + asked.refused.size());
}

sample_limits limits_of(const history_options& options, const disk_options& disk) {
  return {
      std::size_t{options.heads_mib} << 20u,
      std::size_t{options.log_mib} << 20u,
      {options.sources_per_principal_max, options.sources_max},
      disk};
}

historian_interface::behavior_type historian(
    historian_self* self, std::shared_ptr<sample_writer> writer, history_keeping keeping,
    instruments tools
) {
  auto& state = self->state;
  state.writer = std::move(writer);
  if (keeping.kept) begin_keeping(self, keeping, tools);
  tools.numbers->history_healthy.Set(1);
  tools.numbers->head_samples.Set(static_cast<double>(state.writer->heads().count()));
  self->set_down_handler([=](const caf::down_msg& down) { self->state.followers.left(down); });
  self->set_exit_handler([=](const caf::exit_msg& end) {
    flush(self, tools);
    if (!self->state.stopped) write_mark(self, tools);
    if (keeping.kept) keeping.kept->stop_giving_back();
    self->quit(end.reason);
  });
  return {
      [=](append_samples& what) { return append(self, tools, what); },
      [=](record_samples& what) { record(self, tools, what); },
      [=](const read_latest& what) { return latest(self->state.writer->heads(), what.series); },
      [=](const follow_samples& who) {
        self->state.followers.join(self, who.reader, *tools.lines, "history.follower_refused");
      },
      [=](flush_atom) {
        self->state.flush_sent = false;
        flush(self, tools);
      },
      [=](drop_atom) { drop_some(self, keeping, tools); },
      [=](look_atom) { look_for_old(self, keeping, tools); },
      [=](const read_heads& what) { return copy_heads(self->state.writer->heads(), what); },
  };
}

}  // namespace stellwerk
