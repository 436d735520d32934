#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace stellwerk {

using counter = prometheus::Counter;
using gauge = prometheus::Gauge;
using histogram = prometheus::Histogram;

/// What one kind of actor tells of itself; shared by all its instances.
struct mailbox_meter {
  gauge& depth;
  counter& refused;
  histogram& handler_seconds;
};

/// All metrics of a node, registered at once, so that one file names them all. Label values are
/// words of our own tables, never ids, addresses or names of callers.
class metrics {
 public:
  metrics();
  metrics(const metrics&) = delete;
  metrics& operator=(const metrics&) = delete;

  /// Prometheus text format 0.0.4.
  std::string text() const;

  /// Any thread. `actor` must be one of our actor names: each makes a set of series.
  mailbox_meter& mailbox(std::string_view actor);

 private:
  std::shared_ptr<prometheus::Registry> registry_ = std::make_shared<prometheus::Registry>();

  counter& count(const char* name, const char* help);
  gauge& level(const char* name, const char* help);
  histogram& time(const char* name, const char* help);
  prometheus::Family<counter>& counts(const char* name, const char* help);

 public:
  // --- gateway ---
  prometheus::Family<counter>& http_requests;   // labels route, class (2xx, 4xx, …)
  prometheus::Family<histogram>& http_seconds;  // label route
  gauge& connections_open;
  counter& connections_refused;
  counter& http_bad_requests;
  counter& http_timeouts;
  gauge& streams_open;
  counter& stream_frames_sent;
  counter& stream_samples_merged;
  counter& stream_slow_closed;
  counter& tls_failures;
  gauge& questions_open;
  // --- access ---
  counter& logins;
  prometheus::Family<counter>& auth_failures;  // label reason
  counter& tokens_rejected;
  counter& refresh_reused;
  gauge& revocations;
  counter& limit_granted;
  prometheus::Family<counter>& limit_refused;  // label class
  gauge& limit_keys;
  // --- store and journal ---
  counter& commits;
  prometheus::Family<counter>& commits_refused;  // label reason
  histogram& commit_seconds;
  histogram& commit_group_size;
  counter& journal_entries;
  gauge& journal_last_seq;
  gauge& journal_ok;  // 1 or 0: the last verification
  gauge& store_healthy;
  // --- history ---
  counter& samples_received;
  counter& samples_stored;
  prometheus::Family<counter>& samples_refused;  // label reason
  counter& samples_duplicate;
  histogram& append_seconds;
  counter& chunks_written;
  gauge& head_samples;
  gauge& history_bytes;
  gauge& history_healthy;
  // --- field ---
  prometheus::Family<gauge>& devices;  // label state
  counter& polls;
  prometheus::Family<counter>& poll_failures;  // label reason
  histogram& poll_seconds;
  counter& polls_late;
  counter& bus_connects;
  counter& bus_disconnects;
  prometheus::Family<counter>& commands;  // label status
  histogram& command_seconds;
  gauge& commands_open;
  // --- process ---
  gauge& start_seconds;
  counter& log_lines_dropped;
  prometheus::Family<gauge>& build_info;  // label version

 private:
  prometheus::Family<gauge>& mailbox_depth_;
  prometheus::Family<counter>& mailbox_refused_;
  prometheus::Family<histogram>& handler_seconds_;
  std::mutex mailboxes_gate_;
  std::map<std::string, mailbox_meter, std::less<>> mailboxes_;
};
using metrics_ptr = std::shared_ptr<metrics>;

/// From 50 µs to 10 s.
histogram::BucketBoundaries time_buckets();

}  // namespace stellwerk
