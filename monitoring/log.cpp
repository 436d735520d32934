#include "monitoring/log.hpp"

#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <array>
#include <atomic>
#include <chrono>

#include "actors/model/json.hpp"
#include "monitoring/clock.hpp"

namespace stellwerk {

namespace {

constexpr std::size_t queue_lines_max = 8192;
constexpr std::uint32_t lines_per_second_max = 1000;
constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warning", "error"};

struct append_content {
  std::string& out;
  void operator()(std::string_view text) const { json::write_text(out, text); }
  void operator()(std::int64_t number) const { out += std::to_string(number); }
  void operator()(double number) const { json::write_number(out, number); }
  void operator()(bool truth) const { out += truth ? "true" : "false"; }
};

}  // namespace

/// Errors have a budget of their own: a flood of other lines must not hide them.
struct log::second_count {
  bool over_limit(severity level, wall_time now) {
    auto this_second = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
    if (second.exchange(this_second, std::memory_order_relaxed) != this_second) {
      errors.store(0, std::memory_order_relaxed);
      others.store(0, std::memory_order_relaxed);
    }
    auto& lines = level == severity::error ? errors : others;
    return lines.fetch_add(1, std::memory_order_relaxed) >= lines_per_second_max;
  }
  /// How many of the `overrun` lines so far were not counted before.
  std::size_t fresh(std::size_t overrun) {
    for (auto before = counted.load(); before < overrun;)
      if (counted.compare_exchange_weak(before, overrun)) return overrun - before;
    return 0;
  }

  std::atomic<std::int64_t> second{0};
  std::atomic<std::uint32_t> errors{0};
  std::atomic<std::uint32_t> others{0};
  std::atomic<std::size_t> counted{0};
};

log::log(metrics_ptr m, wall_clock now, severity least)
    : metrics_(std::move(m)),
      now_(std::move(now)),
      least_(least),
      second_(std::make_unique<second_count>()),
      pool_(std::make_shared<spdlog::details::thread_pool>(queue_lines_max, 1)) {
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_st>();
  sink_ = std::make_shared<spdlog::async_logger>(
      "", std::move(sink), pool_, spdlog::async_overflow_policy::overrun_oldest
  );
  sink_->set_pattern("%v");
  sink_->set_level(spdlog::level::trace);
  sink_->flush_on(spdlog::level::trace);
}

log::~log() = default;

void log::write(severity level, std::string_view event, std::initializer_list<field> fields) {
  if (level < least_) return;
  auto now = now_();
  if (second_->over_limit(level, now)) return metrics_->log_lines_dropped.Increment();
  std::string line = R"({"time":")" + to_text(now) + R"(","level":")";
  line += level_names[static_cast<std::size_t>(level)];
  line += R"(","event":)";
  json::write_text(line, event);
  for (auto& [name, what] : fields) {
    line += ',';
    json::write_text(line, name);
    line += ':';
    std::visit(append_content{line}, what);
  }
  line += '}';
  sink_->log(spdlog::level::info, spdlog::string_view_t{line.data(), line.size()});
  metrics_->log_lines_dropped.Increment(static_cast<double>(second_->fresh(pool_->overrun_counter())
  ));
}

instruments system_instruments() {
  auto numbers = std::make_shared<metrics>();
  auto now = system_clock();
  return {numbers, std::make_shared<log>(numbers, now), now};
}

}  // namespace stellwerk
