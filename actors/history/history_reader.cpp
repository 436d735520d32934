#include <utility>

#include "actors/history/historian.hpp"
#include "actors/model/error.hpp"
#include "persistence/sample_pages.hpp"

namespace stellwerk {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t open_max = 256;
constexpr auto heads_within = 5s;

/// Damage is told to the log; the client hears of a failure without its inside.
caf::error told(const caf::error& why, const instruments& tools) {
  if (refusal_of(why).code != errc::internal) return why;
  tools.lines->error("history.unreadable", {{"reason", render(why)}});
  return refuse(errc::internal);
}

}  // namespace

history_reader_actor::behavior_type history_reader(
    metered<history_reader_actor, history_reader_state>* self, database_ptr db,
    head_source_actor heads, instruments tools
) {
  return {[=](const read_range& what) -> caf::result<range_page> {
    if (what.series.size() > page_series_max) return refuse(errc::invalid);
    if (self->state.open >= open_max) return refuse(errc::busy);
    ++self->state.open;
    auto reply = self->make_response_promise<range_page>();
    self->request(heads, heads_within, read_heads{what.series, what.from, what.to})
        .then(
            [=](const sample_batch& held) mutable {
              --self->state.open;
              auto page = read_page(*db, what, *held);
              if (page)
                reply.deliver(std::move(*page));
              else
                reply.deliver(told(page.error(), tools));
            },
            [=](caf::error&) mutable {
              --self->state.open;
              reply.deliver(refuse(errc::busy));
            }
        );
    return reply;
  }};
}

}  // namespace stellwerk
