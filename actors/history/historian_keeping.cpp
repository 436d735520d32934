#include <algorithm>
#include <utility>

#include "actors/history/historian_steps.hpp"
#include "actors/model/error.hpp"

namespace stellwerk {

/// What the journal tells of a deletion.
struct history_dropped_facts {
  wall_time before{};
  std::uint64_t chunks = 0;
  std::uint64_t samples = 0;
  std::string for_;
};
BOOST_DESCRIBE_STRUCT(history_dropped_facts, (), (before, chunks, samples, for_))

namespace {

using namespace std::chrono_literals;
using drop_atom = caf::atom_constant<caf::atom("drop")>;
using look_atom = caf::atom_constant<caf::atom("look")>;

constexpr auto look_every = 1min;
constexpr std::uint64_t quota_min = 1 << 30;  // several times what the log may take
constexpr std::size_t classes_max = 16;
constexpr std::size_t class_letters_max = 30;
constexpr auto commit_within = 30s;
constexpr std::chrono::seconds compact_within = 24h;

event dropped_event(const dropped_history& what) {
  history_dropped_facts facts{
      what.before, what.chunks, what.samples, what.by_quota ? "quota" : "age"};
  return make_event(event_type::history_dropped, "history", nullptr, {json::encode(facts)});
}

void compact(historian_self* self, const compactor_actor& compactor) {
  self->state.compacting = true;
  self->request(compactor, compact_within, compact_history{})
      .then(
          [=] { self->state.compacting = false; },
          [=](caf::error&) { self->state.compacting = false; }
      );
}

/// Told again by the next start if it ends before that is written down.
void journal_dropped(
    historian_self* self, const history_keeping& keeping, const instruments& tools
) {
  auto& dropped = self->state.retention->dropped();
  commit told;
  told.events.push_back(dropped_event(dropped));
  tools.lines->info(
      "history.dropped", {{"chunks", static_cast<std::int64_t>(dropped.chunks)},
                          {"samples", static_cast<std::int64_t>(dropped.samples)},
                          {"for", std::string_view{dropped.by_quota ? "quota" : "age"}}}
  );
  self->state.journaling = true;
  self->request(keeping.journal, commit_within, std::move(told))
      .then(
          [=](const committed&) {
            self->state.journaling = false;
            if (auto why = self->state.retention->journaled()) stop_serving(self, tools, why);
          },
          [=](caf::error&) { self->state.journaling = false; }
      );
}

}  // namespace

retention_rule rule_of(const history_options& options, std::uint64_t most) {
  auto quota = options.quota_bytes > 0 ? std::max(options.quota_bytes, quota_min) : most;
  auto days = [](std::uint32_t count) { return std::chrono::days{count}; };
  retention_rule rule{{{days(options.retention_days), days(options.rollup_days)}}, quota};
  for (auto& [name, one] : options.classes)
    rule.classes.named[name] = {days(one.raw_days), days(one.rollup_days)};
  return rule;
}

problems check(const history_options& options) {
  problems found;
  if (options.classes.size() > classes_max)
    found.push_back({"classes", "too_long", "too many classes", "16 at most"});
  auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  for (auto& [name, one] : options.classes)
    if (name.empty() || name.size() > class_letters_max || !std::ranges::all_of(name, plain))
      found.push_back(
          {"classes." + name, "bad_format", "is no name of a class", "1 to 30 of a-z, 0-9 and -"}
      );
  return found;
}

std::vector<std::string> class_names(const history_options& options) {
  std::vector<std::string> names;
  for (auto& [name, one] : options.classes) names.push_back(name);
  return names;
}

void begin_keeping(historian_self* self, const history_keeping& keeping, const instruments& tools) {
  retention_run::times now{tools.now(), self->clock().now()};
  self->state.retention.emplace(keeping.kept, keeping.rule, now, tools);
  self->state.writer->go_by(keeping.kept);
  self->delayed_send(self, look_every, look_atom::value);
}

void drop_some(historian_self* self, const history_keeping& keeping, const instruments& tools) {
  auto& state = self->state;
  if (state.stopped) return;
  auto more = state.retention->step();
  if (!more) return stop_serving(self, tools, more.error());
  if (*more) return self->send(self, drop_atom::value);
  if (state.retention->dropped().empty()) return;
  journal_dropped(self, keeping, tools);
  if (state.retention->dropped().by_quota) compact(self, keeping.compactor);
}

/// Not told if the process ends before: the samples that did come are stored.
void journal_gaps(historian_self* self, const history_keeping& keeping) {
  auto& state = self->state;
  if (state.gaps.empty() || std::exchange(state.telling_gaps, true)) return;
  auto telling = std::exchange(state.gaps, {});
  commit told;
  told.events = telling.events();
  self->request(keeping.journal, commit_within, std::move(told))
      .then(
          [=](const committed&) { self->state.telling_gaps = false; },
          [=](caf::error&) {
            self->state.telling_gaps = false;
            self->state.gaps.put_back(telling);
          }
      );
}

void look_for_old(historian_self* self, const history_keeping& keeping, const instruments& tools) {
  auto& state = self->state;
  if (state.stopped) return;
  self->delayed_send(self, look_every, look_atom::value);
  journal_gaps(self, keeping);
  auto busy = state.compacting || state.journaling;
  auto untold = !state.retention->dropped().empty();
  retention_run::times now{tools.now(), self->clock().now()};
  auto bytes = state.writer->disk_bytes();
  tools.numbers->history_bytes.Set(static_cast<double>(bytes));
  if (state.retention->look(now, bytes, !busy && !untold))
    self->send(self, drop_atom::value);
  else if (!busy && untold)
    journal_dropped(self, keeping, tools);
}

void refuse_old(append_samples& what, const retention_run& kept) {
  auto old = [&](const sample& one) { return one.time < kept.kept_from(one.series); };
  if (std::ranges::none_of(what.items, old)) return;
  std::vector<refused_sample> refused;
  samples young;
  auto before = what.refused.begin();
  std::uint32_t index = 0;
  auto tell_before = [&] {
    for (; before != what.refused.end() && before->index == index; ++index)
      refused.push_back(std::move(*before++));
  };
  for (auto& one : what.items) {
    tell_before();
    if (old(one))
      refused.push_back({index, "too_old", "the history no longer keeps samples of that time"});
    else
      young.push_back(std::move(one));
    ++index;
  }
  tell_before();
  what.items = std::move(young);
  what.refused = std::move(refused);
}

}  // namespace stellwerk
