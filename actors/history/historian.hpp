#pragma once

#include <caf/typed_actor.hpp>

#include "actors/model/samples.hpp"

namespace stellwerk {

/// Gets each batch after it is durable, in order, from subscription on.
using sample_follower = caf::typed_actor<caf::reacts_to<sample_batch>>;
struct follow_samples {
  sample_follower reader;
};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, follow_samples&) {
  return f();
}

/// The only writer of the history and the only owner of latest values; one detached thread with
/// group commit. `append_samples` is answered after the fsync.
using historian_actor = caf::typed_actor<
    caf::replies_to<append_samples>::with<post_answer>, caf::reacts_to<record_samples>,
    caf::replies_to<read_latest>::with<latest_values>, caf::reacts_to<follow_samples>,
    caf::reacts_to<caf::atom_constant<caf::atom("flush")>>>;

/// Reads ranges, on a detached thread of its own.
using history_reader_actor = caf::typed_actor<caf::replies_to<read_range>::with<range_page>>;

}  // namespace stellwerk

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(stellwerk::sample_batch)
