#include "actors/history/sequence_gaps.hpp"

#include <algorithm>

namespace stellwerk {

void sequence_gaps::note(const source_stamp& stamp, std::uint64_t missing) {
  if (missing == 0) return;
  auto room = by_source_.size() < sources_max || by_source_.contains(stamp.source);
  auto& known = by_source_[room ? stamp.source : std::string{}];
  if (known.missing == 0 || known.epoch != stamp.epoch)
    known = {stamp.epoch, stamp.seq - missing, 0, known.missing};
  known.to = stamp.seq - 1;
  known.missing += missing;
}

std::vector<event> sequence_gaps::events() const {
  std::vector<event> told;
  for (auto& [source, left_out] : by_source_) {
    auto subject = source.empty() ? std::string{"sources"} : "source/" + source;
    told.push_back(make_event(
        event_type::samples_sequence_gap, std::move(subject), nullptr, {json::encode(left_out)}
    ));
  }
  return told;
}

}  // namespace stellwerk
