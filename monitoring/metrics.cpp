#include "monitoring/metrics.hpp"

#include <prometheus/text_serializer.h>

#include <boost/mp11/algorithm.hpp>

#include "actors/model/codec.hpp"
#include "actors/model/commands.hpp"

namespace stellwerk {

histogram::BucketBoundaries time_buckets() {
  return {0.00005, 0.0002, 0.001, 0.005, 0.02, 0.1, 0.5, 2, 10};
}

counters& metrics::counts(const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(*registry_);
}
gauges& metrics::levels(const char* name, const char* help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(*registry_);
}
histograms& metrics::times(const char* name, const char* help) {
  return prometheus::BuildHistogram().Name(name).Help(help).Register(*registry_);
}
counter& metrics::count(const char* name, const char* help) { return counts(name, help).Add({}); }
gauge& metrics::level(const char* name, const char* help) { return levels(name, help).Add({}); }
histogram& metrics::time(const char* name, const char* help) {
  return times(name, help).Add({}, time_buckets());
}

metrics::metrics() {
  build_info.Add({{"version", STELLWERK_VERSION}}).Set(1);
  // What alerts count has to be there before it happens: a series that begins at 50 has not risen.
  for (auto* reason : {"unknown_name", "wrong_password", "setup_token", "delayed", "disabled_user"})
    auth_failures.Add({{"reason", reason}});
  for (auto* outcome : {"complete", "failed", "verified", "damaged"})
    backups.Add({{"outcome", outcome}});
  boost::mp11::mp_for_each<boost::describe::describe_enumerators<command_status>>([&](auto one) {
    commands.Add({{"status", to_word(one.value)}});
  });
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
