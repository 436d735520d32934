#pragma once

#include <caf/typed_actor.hpp>
#include <caf/typed_response_promise.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "actors/history/retention_run.hpp"
#include "actors/history/sequence_gaps.hpp"
#include "actors/model/exports.hpp"
#include "actors/model/samples.hpp"
#include "actors/model/series.hpp"
#include "monitoring/followers.hpp"
#include "monitoring/log.hpp"
#include "monitoring/metered.hpp"
#include "persistence/sample_writer.hpp"
#include "persistence/store.hpp"

namespace stellwerk {

/// Gets each batch after it is durable, in order, from subscription on; polled samples also when
/// they cannot be stored.
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

/// Reads ranges, series and exports, on a detached thread of its own.
using history_reader_actor = caf::typed_actor<
    caf::replies_to<read_range>::with<range_page>,
    caf::replies_to<read_series>::with<series_answer>,
    caf::replies_to<export_samples>::with<export_piece>>;

/// Where an export is journaled.
using event_store_actor = caf::typed_actor<caf::replies_to<commit>::with<committed>>;

/// Rewrites what holds deleted samples, on a detached thread of its own.
struct compact_history {};
template <class Inspector>
typename Inspector::result_type inspect(Inspector& f, compact_history&) {
  return f();
}
using compactor_actor = caf::typed_actor<caf::replies_to<compact_history>::with<void>>;
struct compactor_state {
  static inline const char* name = "history compactor";
  static constexpr std::size_t mailbox_max = 16;
};
compactor_actor::behavior_type history_compactor(
    metered<compactor_actor, compactor_state>* self, database_ptr db, instruments tools
);

/// What of these series with from ≤ time < to is in no chunk so far, in the order written.
struct read_heads {
  std::vector<std::uint32_t> series;
  wall_time from{};
  wall_time to{};
};
BOOST_DESCRIBE_STRUCT(read_heads, (), (series, from, to))
/// The side of the historian that its reader asks.
using head_source_actor = caf::typed_actor<caf::replies_to<read_heads>::with<sample_batch>>;
using historian_interface = historian_actor::extend<
    caf::replies_to<read_heads>::with<sample_batch>,
    caf::reacts_to<caf::atom_constant<caf::atom("drop")>>,
    caf::reacts_to<caf::atom_constant<caf::atom("look")>>>;

/// `[history.classes.NAME]`: for channels of that `retention_class`.
struct history_class {
  bounded<std::uint32_t, 0, 36'500> raw_days = 0;
  bounded<std::uint32_t, 0, 36'500> rollup_days = 0;
};
BOOST_DESCRIBE_STRUCT(history_class, (), (raw_days, rollup_days))

struct history_options {
  bounded<std::uint32_t, 1, 4'096> heads_mib = 96;  // beyond: the oldest and largest become chunks
  bounded<std::uint32_t, 1, 4'096> log_mib = 128;   // beyond: the oldest heads do
  bounded<std::uint32_t, 1, 10'000> sources_per_principal_max = 1'000;
  bounded<std::uint32_t, 1, 100'000> sources_max = 10'000;
  bounded<std::uint32_t, 0, 36'500> retention_days = 0;  // of samples; 0: until the quota
  bounded<std::uint32_t, 0, 36'500> rollup_days = 0;     // of their roll-ups; 0: for ever
  std::uint64_t quota_bytes = 0;  // from 90 % on the oldest go; ≥ 1 GiB; 0: by the disk
  std::map<std::string, history_class> classes = {};  // the days above are for channels of none
};
BOOST_DESCRIBE_STRUCT(
    history_options, (),
    (heads_mib, log_mib, sources_per_principal_max, sources_max, retention_days, rollup_days,
     quota_bytes, classes)
)
/// Everything that is wrong with the classes, with paths from the section.
problems check(const history_options& options);
std::vector<std::string> class_names(const history_options& options);
sample_limits limits_of(const history_options& options, const disk_options& disk);

/// `most`: the quota if none is named.
retention_rule rule_of(const history_options& options, std::uint64_t most);

/// What is deleted, who writes that down and who gives its space back. Without `kept` nothing is.
struct history_keeping {
  std::shared_ptr<sample_retention> kept = {};
  retention_rule rule = {};
  event_store_actor journal = {};
  compactor_actor compactor = {};
};

struct historian_state {
  static inline const char* name = "historian";
  static constexpr std::size_t mailbox_max = 4096;
  using moment = std::chrono::steady_clock::time_point;

  struct waiting {
    caf::typed_response_promise<post_answer> caller;
    sample_writer::taken taken;
    moment since;
    std::optional<source_stamp> gap_before;  // numbers are missing before it
  };
  static void count_refused(metrics& numbers, const caf::type_erased_tuple& mail);

  std::shared_ptr<sample_writer> writer;
  std::optional<retention_run> retention;
  bool compacting = false;
  bool journaling = false;
  sequence_gaps gaps;
  bool telling_gaps = false;
  std::vector<waiting> group;
  std::size_t recorded = 0;  // samples of the group that nobody waits for
  stellwerk::followers<sample_follower> followers;
  std::optional<errc> stopped;  // by a failed write: nothing is taken any more
  std::optional<moment> mark_due;
  bool flush_sent = false;
  std::uint64_t chunks_told = 0;
  std::uint64_t replaced_told = 0;
  std::uint64_t minutes_told = 0;  // made anew
  std::uint64_t inexact_told = 0;
};

/// Spawn it detached: it blocks on the disk. At most 1,024 appends or 65,536 samples share one
/// synced write. A failed write is answered `outcome_unknown`; from then on every append is refused
/// until the process has started anew, and `storage_full` while the disk has no room; latest values
/// and heads are still told. At most 64
/// followers. Every sample received is counted once, as stored, refused or duplicate.
///
/// REQUIRES: nobody else uses `writer`.
historian_interface::behavior_type historian(
    metered<historian_interface, historian_state>* self, std::shared_ptr<sample_writer> writer,
    history_keeping keeping, instruments tools
);

struct history_reader_state {
  static inline const char* name = "history";
  static constexpr std::size_t mailbox_max = 1024;
  std::size_t open = 0;  // questions that wait for heads
};

/// Spawn it detached, beside the historian (`heads`), on the same database. `read_page` and
/// `read_buckets` tell what it refuses; beyond that `busy` if 256 ranges are being read or the
/// historian does not answer.
history_reader_actor::behavior_type history_reader(
    metered<history_reader_actor, history_reader_state>* self, database_ptr db,
    head_source_actor heads, event_store_actor store, instruments tools
);

}  // namespace stellwerk

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(stellwerk::sample_batch)
