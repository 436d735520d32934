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
using counters = prometheus::Family<counter>;
using gauges = prometheus::Family<gauge>;
using histograms = prometheus::Family<histogram>;

/// What one kind of actor tells of itself; shared by all its instances.
struct mailbox_meter {
  gauge& depth;
  counter& refused;
  histogram& handler_seconds;
};

/// All metrics of a node, registered at once; this file names them all. A new one is its member
/// here and the line that counts. Label values are words of our own tables, never ids, addresses or
/// names of callers.
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
  counters& counts(const char* name, const char* help);
  gauges& levels(const char* name, const char* help);
  histograms& times(const char* name, const char* help);

 public:
  // --- gateway ---
  // labels route, class (2xx, 4xx, …)
  counters& http_requests = counts("stellwerk_http_requests_total", "Answered requests");
  // label route
  histograms& http_seconds = times("stellwerk_http_seconds", "Time from request to answer");
  gauge& connections_open = level("stellwerk_connections_open", "Open client connections");
  counter& connections_refused =
      count("stellwerk_connections_refused_total", "Connections over a limit, closed at accept");
  counter& http_bad_requests =
      count("stellwerk_http_bad_requests_total", "Bytes that were no valid HTTP request");
  counter& http_timeouts =
      count("stellwerk_http_timeouts_total", "Connections closed by a deadline");
  gauge& streams_open = level("stellwerk_streams_open", "Open WebSocket streams");
  counter& stream_frames_sent =
      count("stellwerk_stream_frames_sent_total", "Frames sent to streams");
  counter& stream_samples_merged = count(
      "stellwerk_stream_samples_merged_total", "Samples replaced by newer ones before sending"
  );
  counter& stream_slow_closed =
      count("stellwerk_stream_slow_closed_total", "Streams closed because the reader was slow");
  counter& tls_failures = count("stellwerk_tls_failures_total", "TLS handshakes that failed");
  gauge& questions_open = level("stellwerk_questions_open", "Requests that wait for an actor");
  // --- access ---
  counter& logins = count("stellwerk_logins_total", "Log-ins that succeeded");
  // label reason
  counters& auth_failures =
      counts("stellwerk_auth_failures_total", "Refused credentials by reason");
  counter& tokens_rejected = count("stellwerk_tokens_rejected_total", "Access tokens refused");
  counter& refresh_reused =
      count("stellwerk_refresh_reused_total", "Refresh tokens used twice: family revoked");
  gauge& revocations = level("stellwerk_revocations", "Entries of the token blacklist");
  counter& limit_granted =
      count("stellwerk_limit_granted_total", "Requests that the limiter let pass");
  // label class
  counters& limit_refused =
      counts("stellwerk_limit_refused_total", "Requests over a limit, by class");
  gauge& limit_keys = level("stellwerk_limit_keys", "Callers that the limiter remembers");
  // --- store and journal ---
  counter& commits = count("stellwerk_commits_total", "Durable commits");
  // label reason
  counters& commits_refused =
      counts("stellwerk_commits_refused_total", "Refused commits by reason");
  histogram& commit_seconds = time("stellwerk_commit_seconds", "Time from commit to durable");
  histogram& commit_group_size =
      times("stellwerk_commit_group_size", "Commits that shared one fsync")
          .Add({}, histogram::BucketBoundaries{1, 2, 4, 8, 16, 32, 64, 128});
  counter& journal_entries = count("stellwerk_journal_entries_total", "Entries written");
  gauge& journal_last_seq = level("stellwerk_journal_last_seq", "Number of the newest entry");
  // 1 or 0: the last verification
  gauge& journal_ok =
      level("stellwerk_journal_ok", "1 if the last verification found a whole chain");
  counter& journal_dropped =
      count("stellwerk_journal_dropped_entries_total", "Entries deleted by retention");
  gauge& journal_first_seq = level("stellwerk_journal_first_seq", "Number of the oldest entry");
  gauge& journal_retention_held = level(
      "stellwerk_journal_retention_held", "1 while nothing is deleted since the clock jumped"
  );
  gauge& journal_anchor_time = level(
      "stellwerk_journal_anchor_time_seconds", "When all of the journal was anchored last; 0: never"
  );
  gauge& store_healthy = level("stellwerk_store_healthy", "1 while the store takes commits");
  // --- history ---
  counter& samples_received = count("stellwerk_samples_received_total", "Samples offered");
  counter& samples_stored = count("stellwerk_samples_stored_total", "Samples stored durably");
  // label reason
  counters& samples_refused =
      counts("stellwerk_samples_refused_total", "Samples refused by reason");
  counter& samples_duplicate =
      count("stellwerk_samples_duplicate_total", "Samples of repeated batches");
  histogram& append_seconds = time("stellwerk_append_seconds", "Time from append to durable");
  counter& chunks_written = count("stellwerk_chunks_written_total", "Chunks closed and written");
  counter& chunks_replaced =
      count("stellwerk_chunks_replaced_total", "Small chunks that became parts of large ones");
  counter& rollups_rebuilt =
      count("stellwerk_rollups_rebuilt_total", "Minutes of roll-ups made anew for late samples");
  counter& rollups_inexact =
      count("stellwerk_rollups_inexact_total", "Of these, minutes whose chunk is damaged");
  gauge& head_samples = level("stellwerk_head_samples", "Samples in heads, not yet in chunks");
  counter& samples_exported =
      count("stellwerk_samples_exported_total", "Samples written into exports");
  counter& samples_dropped =
      count("stellwerk_samples_dropped_total", "Samples deleted by age or for the quota");
  counter& chunks_dropped =
      count("stellwerk_chunks_dropped_total", "Chunks deleted by age or for the quota");
  gauge& retention_waits = level(
      "stellwerk_retention_waits", "1 while nothing is deleted by age, for the clock has jumped"
  );
  gauge& history_quota =
      level("stellwerk_history_quota_bytes", "What the history may take; 0: all");
  gauge& history_bytes = level("stellwerk_history_bytes", "Size of the history on disk");
  gauge& history_healthy = level("stellwerk_history_healthy", "1 while the history takes samples");
  // --- backups ---
  // label outcome: complete, failed, verified, damaged
  counters& backups = counts("stellwerk_backups_total", "Ends of backups and verifications");
  gauge& backup_newest = level(
      "stellwerk_backup_newest_time_seconds", "When the newest whole backup was begun; 0: none"
  );
  gauge& backup_seconds = level("stellwerk_backup_seconds", "Time that the last backup took");
  counter& backup_bytes =
      count("stellwerk_backup_bytes_total", "Bytes written to the folder of backups");
  // --- field ---
  // label state
  gauges& devices = levels("stellwerk_devices", "Devices by link state");
  counter& polls = count("stellwerk_polls_total", "Requests to field devices that were answered");
  // label reason
  counters& poll_failures = counts("stellwerk_poll_failures_total", "Failed requests by reason");
  histogram& poll_seconds = time("stellwerk_poll_seconds", "Time of one request on its line");
  counter& polls_late = count("stellwerk_polls_late_total", "Polls begun over 100 ms late");
  counter& bus_connects = count("stellwerk_bus_connects_total", "Lines connected");
  counter& bus_disconnects = count("stellwerk_bus_disconnects_total", "Lines lost");
  // label status
  counters& commands = counts("stellwerk_commands_total", "Commands by status reached");
  histogram& command_seconds = time("stellwerk_command_seconds", "Time from accepted to final");
  gauge& commands_open = level("stellwerk_commands_open", "Commands without a final outcome");
  // --- process ---
  gauge& disk_free_bytes = level("stellwerk_disk_free_bytes", "Free space below the data folder");
  gauge& disk_level =
      level("stellwerk_disk_level", "0 ample, 1 no samples, 2 essential writes only, 3 none");
  gauge& start_seconds = level("stellwerk_start_seconds", "Time from start to ready");
  counter& log_lines_dropped =
      count("stellwerk_log_lines_dropped_total", "Log lines over the limit");
  // label version
  gauges& build_info = levels("stellwerk_build_info", "Version of this build");

 private:
  gauges& mailbox_depth_ = levels("stellwerk_mailbox_depth", "Waiting messages by actor");
  counters& mailbox_refused_ =
      counts("stellwerk_mailbox_refused_total", "Messages refused because a mailbox was full");
  histograms& handler_seconds_ =
      times("stellwerk_handler_seconds", "Time of one message handler by actor");
  std::mutex mailboxes_gate_;
  std::map<std::string, mailbox_meter, std::less<>> mailboxes_;
};
using metrics_ptr = std::shared_ptr<metrics>;

/// From 50 µs to 10 s.
histogram::BucketBoundaries time_buckets();

}  // namespace stellwerk
