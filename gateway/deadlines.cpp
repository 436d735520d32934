#include "gateway/deadlines.hpp"

#include <utility>
#include <vector>

namespace stellwerk::gateway {

std::chrono::steady_clock::time_point steady_now() { return std::chrono::steady_clock::now(); }

deadline::deadline(deadlines& all, std::function<void()> on_pass)
    : all_(all), on_pass_(std::move(on_pass)) {
  all.all_.push_back(*this);
}

void deadline::in(std::chrono::milliseconds from_now) {
  auto ticks = (from_now + deadlines::tick - std::chrono::milliseconds{1}) / deadlines::tick;
  at_ = all_.now_ + static_cast<std::uint64_t>(std::max<std::int64_t>(ticks, 0)) + 1;
  all_.arm();
}

void deadlines::arm() {
  if (armed_ || closed_) return;
  armed_ = true;
  timer_.expires_after(tick);
  timer_.async_wait([this](boost::system::error_code ec) {
    if (ec) return;
    armed_ = false;
    pass();
  });
}

void deadlines::pass() {
  ++now_;
  bool more = false;
  std::vector<deadline*> due;
  for (auto& one : all_) {
    if (one.at_ == 0) continue;
    more = true;
    if (one.at_ <= now_) due.push_back(&one);
  }
  for (auto* one : due) {
    one->never();
    one->on_pass_();
  }
  if (more) arm();
}

void deadlines::close() {
  closed_ = true;
  timer_.cancel();
}

}  // namespace stellwerk::gateway
