#pragma once

#include <caf/typed_actor.hpp>
#include <memory>
#include <string>
#include <vector>

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
  std::string json;  // payload of an `event` frame
};
using stream_samples = std::shared_ptr<const std::vector<stream_sample>>;
using stream_events = std::shared_ptr<const std::vector<stream_event>>;

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

}  // namespace stellwerk

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(stellwerk::stream_samples)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(stellwerk::stream_events)
