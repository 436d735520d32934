#include "nodes/health_watch.hpp"

#include <utility>

namespace stellwerk {

namespace {
constexpr std::chrono::milliseconds look_every{250};
}

void health_watch::look() {
  auto& numbers = *tools_.numbers;
  health_.store_ok = numbers.store_healthy.Value() != 0;
  health_.history_ok = numbers.history_healthy.Value() != 0;
  health_.journal_ok = numbers.journal_ok.Value() != 0;
  look_at_disk();
  timer_.expires_after(look_every);
  timer_.async_wait([this](boost::system::error_code ec) {
    if (!ec) look();
  });
}

void health_watch::look_at_disk() {
  auto free = free_bytes(options_.data_dir);
  auto level = level_of(free, options_.disk);
  tools_.numbers->disk_free_bytes.Set(static_cast<double>(free));
  tools_.numbers->disk_level.Set(static_cast<double>(level));
  health_.disk_ok = level == disk_level::ample;
  if (std::exchange(level_, level) == level) return;
  auto how = level == disk_level::ample ? severity::info : severity::error;
  auto bytes = static_cast<std::int64_t>(free);
  tools_.lines->write(how, "disk.level", {{"level", to_word(level)}, {"free_bytes", bytes}});
}

}  // namespace stellwerk
