#include <utility>

#include "actors/history/export_text.hpp"
#include "actors/history/historian.hpp"
#include "actors/history/series_text.hpp"
#include "actors/model/error.hpp"
#include "persistence/sample_pages.hpp"

namespace stellwerk {

/// What the journal tells of an export.
struct export_facts {
  std::vector<std::string> channels;
  wall_time from{};
  wall_time to{};
  export_format format{};
};
BOOST_DESCRIBE_STRUCT(export_facts, (), (channels, from, to, format))

namespace {

using namespace std::chrono_literals;
using reader_self = metered<history_reader_actor, history_reader_state>;

constexpr std::size_t open_max = 256;
constexpr auto heads_within = 5s;

/// Damage is told to the log; the client hears of a failure without its inside.
caf::error told(const caf::error& why, const instruments& tools) {
  if (refusal_of(why).code != errc::internal) return why;
  tools.lines->error("history.unreadable", {{"reason", render(why)}});
  return refuse(errc::internal);
}

/// Delivers what `read` makes of the heads that `wanted` names.
template <class Answer, class Read>
void read_with_heads(
    reader_self* self, caf::typed_response_promise<Answer> reply, const head_source_actor& heads,
    read_heads wanted, const instruments& tools, Read read
) {
  self->request(heads, heads_within, std::move(wanted))
      .then(
          [=](const sample_batch& held) mutable {
            --self->state.open;
            caf::expected<Answer> made = read(*held);
            if (made)
              reply.deliver(std::move(*made));
            else
              reply.deliver(told(made.error(), tools));
          },
          [=](caf::error&) mutable {
            --self->state.open;
            reply.deliver(refuse(errc::busy));
          }
      );
}

template <class Answer, class Read>
caf::result<Answer> with_heads(
    reader_self* self, const head_source_actor& heads, read_heads wanted, const instruments& tools,
    Read read
) {
  if (self->state.open >= open_max) return refuse(errc::busy);
  ++self->state.open;
  auto reply = self->template make_response_promise<Answer>();
  read_with_heads(self, reply, heads, std::move(wanted), tools, std::move(read));
  return reply;
}

event export_event(const export_samples& what) {
  export_facts facts{{}, what.from, what.to, what.format};
  for (auto& one : what.channels) facts.channels.push_back(one.name);
  return make_event(event_type::samples_exported, "samples", what.context, {json::encode(facts)});
}

caf::expected<series_answer> buckets_of(
    const database& db, const read_series& what, const bucket_grid& grid, const samples& heads,
    wall_time now
) {
  series_answer made{grid.width.count(), partial_from(grid, now), {}};
  std::size_t bytes = 0;
  auto why = read_buckets(db, what.series, grid, heads, [&](auto which, auto& buckets) {
    made.points.push_back(series_text(buckets, grid, what.types[which]));
    bytes += made.points.back().text.size();
    return bytes > series_bytes_max ? refuse(errc::too_large) : caf::error{};
  });
  if (why) return why;
  return made;
}

/// The first piece waits for the journal.
caf::result<export_piece> tell_piece(
    reader_self* self, const database_ptr& db, const head_source_actor& heads,
    const event_store_actor& store, const instruments& tools, const export_samples& what
) {
  read_heads held{{}, what.from, what.to};
  for (auto& one : what.channels) held.series.push_back(one.series);
  auto read = [=](const samples& unstored) { return export_text(*db, what, unstored); };
  if (!what.begins)
    return with_heads<export_piece>(self, heads, std::move(held), tools, std::move(read));
  if (self->state.open >= open_max) return refuse(errc::busy);
  ++self->state.open;
  auto reply = self->make_response_promise<export_piece>();
  commit journaled;
  journaled.events.push_back(export_event(what));
  self->request(store, heads_within, std::move(journaled))
      .then(
          [=](const committed&) { read_with_heads(self, reply, heads, held, tools, read); },
          [=](caf::error& why) mutable {
            --self->state.open;
            reply.deliver(std::move(why));
          }
      );
  return reply;
}

}  // namespace

history_reader_actor::behavior_type history_reader(
    reader_self* self, database_ptr db, head_source_actor heads, event_store_actor store,
    instruments tools
) {
  return {
      [=](const read_range& what) -> caf::result<range_page> {
        if (what.series.size() > page_series_max) return refuse(errc::invalid);
        return with_heads<range_page>(
            self, heads, {what.series, what.from, what.to}, tools,
            [=](const samples& held) { return read_page(*db, what, held); }
        );
      },
      [=](const read_series& what) -> caf::result<series_answer> {
        auto grid = grid_of(what.from, what.to, what.points);
        if (!grid || what.points > points_max || what.series.size() > page_series_max ||
            what.types.size() != what.series.size())
          return refuse(errc::invalid);
        return with_heads<series_answer>(
            self, heads, {what.series, what.from, what.to}, tools,
            [=, grid = *grid](const samples& held) {
              return buckets_of(*db, what, grid, held, tools.now());
            }
        );
      },
      [=](const export_samples& what) { return tell_piece(self, db, heads, store, tools, what); },
  };
}

}  // namespace stellwerk
