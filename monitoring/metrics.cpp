#include "monitoring/metrics.hpp"

#include <prometheus/text_serializer.h>

namespace stellwerk {

namespace {

template <class Builder>
auto& family(Builder builder, prometheus::Registry& registry, const char* name, const char* help) {
  return builder.Name(name).Help(help).Register(registry);
}

prometheus::Family<gauge>& gauges(prometheus::Registry& r, const char* name, const char* help) {
  return family(prometheus::BuildGauge(), r, name, help);
}
prometheus::Family<histogram>& times(prometheus::Registry& r, const char* name, const char* help) {
  return family(prometheus::BuildHistogram(), r, name, help);
}

}  // namespace

histogram::BucketBoundaries time_buckets() {
  return {0.00005, 0.0002, 0.001, 0.005, 0.02, 0.1, 0.5, 2, 10};
}

counter& metrics::count(const char* name, const char* help) { return counts(name, help).Add({}); }
prometheus::Family<counter>& metrics::counts(const char* name, const char* help) {
  return family(prometheus::BuildCounter(), *registry_, name, help);
}
gauge& metrics::level(const char* name, const char* help) {
  return gauges(*registry_, name, help).Add({});
}
histogram& metrics::time(const char* name, const char* help) {
  return times(*registry_, name, help).Add({}, time_buckets());
}

metrics::metrics()
    : http_requests(counts("stellwerk_http_requests_total", "Answered requests")),
      http_seconds(times(*registry_, "stellwerk_http_seconds", "Time from request to answer")),
      connections_open(level("stellwerk_connections_open", "Open client connections")),
      connections_refused(
          count("stellwerk_connections_refused_total", "Connections over a limit, closed at accept")
      ),
      http_bad_requests(
          count("stellwerk_http_bad_requests_total", "Bytes that were no valid HTTP request")
      ),
      http_timeouts(count("stellwerk_http_timeouts_total", "Connections closed by a deadline")),
      streams_open(level("stellwerk_streams_open", "Open WebSocket streams")),
      stream_frames_sent(count("stellwerk_stream_frames_sent_total", "Frames sent to streams")),
      stream_samples_merged(count(
          "stellwerk_stream_samples_merged_total", "Samples replaced by newer ones before sending"
      )),
      stream_slow_closed(
          count("stellwerk_stream_slow_closed_total", "Streams closed because the reader was slow")
      ),
      tls_failures(count("stellwerk_tls_failures_total", "TLS handshakes that failed")),
      questions_open(level("stellwerk_questions_open", "Requests that wait for an actor")),
      logins(count("stellwerk_logins_total", "Log-ins that succeeded")),
      auth_failures(counts("stellwerk_auth_failures_total", "Refused credentials by reason")),
      tokens_rejected(count("stellwerk_tokens_rejected_total", "Access tokens refused")),
      refresh_reused(
          count("stellwerk_refresh_reused_total", "Refresh tokens used twice: family revoked")
      ),
      revocations(level("stellwerk_revocations", "Entries of the token blacklist")),
      limit_granted(count("stellwerk_limit_granted_total", "Requests that the limiter let pass")),
      limit_refused(counts("stellwerk_limit_refused_total", "Requests over a limit, by class")),
      limit_keys(level("stellwerk_limit_keys", "Callers that the limiter remembers")),
      commits(count("stellwerk_commits_total", "Durable commits")),
      commits_refused(counts("stellwerk_commits_refused_total", "Refused commits by reason")),
      commit_seconds(time("stellwerk_commit_seconds", "Time from commit to durable")),
      commit_group_size(family(
                            prometheus::BuildHistogram(), *registry_, "stellwerk_commit_group_size",
                            "Commits that shared one fsync"
      )
                            .Add({}, histogram::BucketBoundaries{1, 2, 4, 8, 16, 32, 64, 128})),
      journal_entries(count("stellwerk_journal_entries_total", "Entries written")),
      journal_last_seq(level("stellwerk_journal_last_seq", "Number of the newest entry")),
      journal_ok(level("stellwerk_journal_ok", "1 if the last verification found a whole chain")),
      store_healthy(level("stellwerk_store_healthy", "1 while the store takes commits")),
      samples_received(count("stellwerk_samples_received_total", "Samples offered")),
      samples_stored(count("stellwerk_samples_stored_total", "Samples stored durably")),
      samples_refused(counts("stellwerk_samples_refused_total", "Samples refused by reason")),
      samples_duplicate(count("stellwerk_samples_duplicate_total", "Samples of repeated batches")),
      append_seconds(time("stellwerk_append_seconds", "Time from append to durable")),
      chunks_written(count("stellwerk_chunks_written_total", "Chunks closed and written")),
      head_samples(level("stellwerk_head_samples", "Samples in heads, not yet in chunks")),
      history_bytes(level("stellwerk_history_bytes", "Size of the history on disk")),
      history_healthy(level("stellwerk_history_healthy", "1 while the history takes samples")),
      devices(gauges(*registry_, "stellwerk_devices", "Devices by link state")),
      polls(count("stellwerk_polls_total", "Requests to field devices that were answered")),
      poll_failures(counts("stellwerk_poll_failures_total", "Failed requests by reason")),
      poll_seconds(time("stellwerk_poll_seconds", "Time of one request on its line")),
      polls_late(count("stellwerk_polls_late_total", "Polls begun over 100 ms late")),
      bus_connects(count("stellwerk_bus_connects_total", "Lines connected")),
      bus_disconnects(count("stellwerk_bus_disconnects_total", "Lines lost")),
      commands(counts("stellwerk_commands_total", "Commands by status reached")),
      command_seconds(time("stellwerk_command_seconds", "Time from accepted to final")),
      commands_open(level("stellwerk_commands_open", "Commands without a final outcome")),
      start_seconds(level("stellwerk_start_seconds", "Time from start to ready")),
      log_lines_dropped(count("stellwerk_log_lines_dropped_total", "Log lines over the limit")),
      build_info(gauges(*registry_, "stellwerk_build_info", "Version of this build")),
      mailbox_depth_(gauges(*registry_, "stellwerk_mailbox_depth", "Waiting messages by actor")),
      mailbox_refused_(
          counts("stellwerk_mailbox_refused_total", "Messages refused because a mailbox was full")
      ),
      handler_seconds_(
          times(*registry_, "stellwerk_handler_seconds", "Time of one message handler by actor")
      ) {
  build_info.Add({{"version", STELLWERK_VERSION}}).Set(1);
}

std::string metrics::text() const {
  return prometheus::TextSerializer{}.Serialize(registry_->Collect());
}

mailbox_meter& metrics::mailbox(std::string_view actor) {
  std::lock_guard lock{mailboxes_gate_};
  if (auto found = mailboxes_.find(actor); found != mailboxes_.end()) return found->second;
  std::map<std::string, std::string> label{{"actor", std::string{actor}}};
  mailbox_meter made{
      mailbox_depth_.Add(label), mailbox_refused_.Add(label),
      handler_seconds_.Add(label, time_buckets())};
  return mailboxes_.emplace(actor, made).first->second;
}

}  // namespace stellwerk
