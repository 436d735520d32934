#include "actors/field/bus_breaker.hpp"

#include <algorithm>

namespace stellwerk {

namespace {

using namespace std::chrono_literals;

constexpr auto step_min = 1s;
constexpr auto step_max = 30s;
constexpr auto soon_after_loss = 12s;
constexpr auto step_max_soon = 1500ms;
constexpr auto proven_after = 10s;

}  // namespace

void back_off::failed(steady_moment now, bool refused_at_once) {
  if (failures_++ == 0 && good_since_) {
    lost_at_ = now;
    if (now - *good_since_ >= proven_after) step_ = step_min;
  }
  good_since_.reset();
  auto wait = step_;
  if (refused_at_once) {
    wait = step_min;
  } else {
    step_ = std::min<steady_span>(step_ * 2, step_max);
    if (lost_at_ && now - *lost_at_ < soon_after_loss)
      wait = std::min<steady_span>(wait, step_max_soon);
  }
  slowest_ = wait >= step_max;
  next_ = now + wait + wait * static_cast<int>(chance_() % 101) / 1000;
}

void back_off::restart(steady_moment now) {
  step_ = step_min;
  lost_at_ = now;
  next_ = now;
}

void back_off::succeeded(steady_moment now) {
  if (!good_since_) good_since_ = now;
  failures_ = 0;
}

void latency::add(steady_span took) {
  took_[count_ % kept] = took;
  ++count_;
  auto filled = std::min(count_, kept);
  if (p99_ && took <= *p99_ && count_ % 16 != 0) return;  // sorting each time would show
  auto sorted = took_;
  auto rank = (filled * 99 + 99) / 100 - 1;
  auto at = sorted.begin() + static_cast<std::ptrdiff_t>(rank);
  std::nth_element(sorted.begin(), at, sorted.begin() + static_cast<std::ptrdiff_t>(filled));
  p99_ = *at;
}

void unit_health::answered(steady_moment now, steady_span took) {
  latency_.add(took);
  retry_.succeeded(now);
  failures_ = 0;
  rare_probes_ = 0;
  state_ = link_state::online;
}

void unit_health::failed(steady_moment now) {
  if (offline() && retry_.slowest()) ++rare_probes_;
  if (++failures_ >= failures_to_offline) {
    state_ = link_state::offline;
    retry_.failed(now);
  } else if (state_ == link_state::online) {
    state_ = link_state::degraded;
  }
}

void unit_health::line_lost(steady_moment now) {
  if (offline()) return;
  failures_ = failures_to_offline;
  state_ = link_state::offline;
  retry_.failed(now);
}

answer_wait unit_health::timeout(
    std::optional<steady_span> bus_p99, steady_span free, steady_span most
) const {
  auto guess = p99() ? p99() : bus_p99;
  auto usual = std::min(guess ? std::max<steady_span>(*guess * 4, timeout_min) : first_guess, most);
  auto longest = guess ? usual : std::clamp(free, usual, most);
  if (offline()) {
    usual = std::min<steady_span>(usual, probe_timeout);
    longest = std::clamp(free, usual, most);
    if (rare_probes_ % patient_probe == patient_probe - 1) usual = longest = most;
  }
  return {std::min<steady_span>(usual, sure_max), longest};
}

}  // namespace stellwerk
