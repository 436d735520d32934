#pragma once

#include <caf/typed_actor.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/field/names.hpp"
#include "actors/history/historian.hpp"
#include "persistence/store.hpp"

namespace stellwerk {

/// One sample for the sockets: its `device/channel`, its device's id (for what a reader may see),
/// and its JSON object, encoded once for all.
struct stream_sample {
  std::string channel;
  std::string device_id;
  std::string json;
};
struct stream_event {
  journal_entry entry;
  std::string json;               // payload of an `event` frame
  std::string json_with_address;  // the same for those who may read the journal
};
using stream_samples = std::shared_ptr<const std::vector<stream_sample>>;
using stream_events = std::shared_ptr<const std::vector<stream_event>>;

/// What a stream tells of a journal entry. From where its actor came is the journal's readers'
/// business alone.
enum class actor_address : std::uint8_t { hidden, shown };
std::string event_json(const journal_entry& entry, actor_address address);
stream_event event_of(const journal_entry& entry);

/// One on each I/O thread: fans out to the sockets of that thread.
using fanout_actor =
    caf::typed_actor<caf::reacts_to<stream_samples>, caf::reacts_to<stream_events>>;
struct join_streams {
  fanout_actor who;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, join_streams&) {
  return f();
}

/// Follows the historian and the journal, encodes each batch once, hands it to every fanout.
using streams_actor = caf::typed_actor<
    caf::reacts_to<sample_batch>, caf::reacts_to<journal_batch>, caf::reacts_to<join_streams>>;

struct streams_state {
  static inline const char* name = "streams";
  static constexpr std::size_t mailbox_max = 256;
  name_table_ptr names;
  std::optional<published<named_series>::reader> series;
  followers<fanout_actor> fanouts;
};

/// Spawn it detached: it encodes all that is stored while anybody listens. When 256 batches wait,
/// the next ones are dropped: a live view goes on with newer samples, and events have numbers, by
/// which a gap is seen and read again from the journal. Samples of a series without a name (its
/// channel was removed meanwhile) are left out. At most 64 fanouts; one that ends is forgotten.
streams_actor::behavior_type streams(
    metered<streams_actor, streams_state>* self, historian_actor historian, store_actor store,
    name_table_ptr names, instruments tools
);

}  // namespace stellwerk

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(stellwerk::stream_samples)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(stellwerk::stream_events)
