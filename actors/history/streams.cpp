#include "actors/history/streams.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "persistence/journal.hpp"

namespace stellwerk {

namespace {

using streams_self = metered<streams_actor, streams_state>;

/// What a stream tells of a journal entry.
struct event_payload {
  std::uint64_t seq = 0;
  wall_time time{};
  std::string type;
  std::string subject;
  actor_info actor;
  std::string request_id;
  std::string cause;
  json_text data;
};
BOOST_DESCRIBE_STRUCT(event_payload, (), (seq, time, type, subject, actor, request_id, cause, data))

stream_samples encode(published<named_series>::reader& names, const samples& batch) {
  std::vector<stream_sample> encoded;
  encoded.reserve(batch.size());
  for (auto& one : batch) {
    auto* named = names.find(std::to_string(one.series));
    if (named == nullptr) continue;
    auto text = json::encode(sample_view{named->channel, one.time, one.value, one.quality});
    encoded.push_back({named->channel, named->device_id, std::move(text)});
  }
  return std::make_shared<const std::vector<stream_sample>>(std::move(encoded));
}

stream_events encode(const std::vector<std::string>& batch) {
  std::vector<stream_event> encoded;
  encoded.reserve(batch.size());
  for (auto& value : batch) encoded.push_back(event_of(to_entry(*entry_from(value))));
  return std::make_shared<const std::vector<stream_event>>(std::move(encoded));
}

}  // namespace

std::string event_json(const journal_entry& entry, actor_address address) {
  event_payload told{entry.seq,   entry.time,       entry.type,  entry.subject,
                     entry.actor, entry.request_id, entry.cause, entry.data};
  if (address == actor_address::hidden) told.actor.address.clear();
  return json::encode(told);
}

stream_event event_of(const journal_entry& entry) {
  return {entry, event_json(entry, actor_address::hidden), event_json(entry, actor_address::shown)};
}

streams_actor::behavior_type streams(
    streams_self* self, historian_actor historian, store_actor store, name_table_ptr names,
    instruments tools
) {
  self->state.series.emplace(names->by_series);
  self->state.names = std::move(names);
  self->set_down_handler([=](const caf::down_msg& down) { self->state.fanouts.left(down); });
  self->send(historian, follow_samples{self});
  self->send(store, follow_journal{self});
  return {
      [=](const sample_batch& batch) {
        if (self->state.fanouts.empty()) return;
        auto encoded = encode(*self->state.series, *batch);
        if (encoded->empty()) return;
        self->state.fanouts.tell(self, encoded);
      },
      [=](const journal_batch& batch) {
        if (self->state.fanouts.empty()) return;
        auto encoded = encode(*batch);
        self->state.fanouts.tell(self, encoded);
      },
      [=](const join_streams& what) {
        self->state.fanouts.join(self, what.who, *tools.lines, "streams.fanout_refused");
      },
  };
}

}  // namespace stellwerk
