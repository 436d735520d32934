#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "actors/model/time.hpp"
#include "monitoring/metrics.hpp"

namespace spdlog {
class async_logger;
namespace details {
class thread_pool;
}
}  // namespace spdlog

namespace stellwerk {

enum class severity : std::uint8_t { debug, info, warning, error };

/// One JSON object a line on stderr: `time`, `level`, `event` and the fields given. Never blocks
/// its caller: 8,192 lines wait at most, then the oldest are dropped; over 1,000 lines a second the
/// rest of that second is dropped, of errors and of all others apart. All are counted. Secrets and
/// bodies never go here.
class log {
 public:
  using content = std::variant<std::string_view, std::int64_t, double, bool>;
  struct field {
    std::string_view name;
    content what;
  };

  log(metrics_ptr m, wall_clock now, severity least = severity::info);
  ~log();
  log(const log&) = delete;
  log& operator=(const log&) = delete;

  /// `event` is a constant like `bus.connected`: what a person searches for.
  void write(severity level, std::string_view event, std::initializer_list<field> fields = {});
  void info(std::string_view event, std::initializer_list<field> fields = {}) {
    write(severity::info, event, fields);
  }
  void warn(std::string_view event, std::initializer_list<field> fields = {}) {
    write(severity::warning, event, fields);
  }
  void error(std::string_view event, std::initializer_list<field> fields = {}) {
    write(severity::error, event, fields);
  }

 private:
  struct second_count;
  metrics_ptr metrics_;
  wall_clock now_;
  severity least_;
  std::unique_ptr<second_count> second_;
  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<spdlog::async_logger> sink_;
};
using log_ptr = std::shared_ptr<log>;

/// What every part of a node is given to tell of itself, and the one source of wall time.
struct instruments {
  metrics_ptr numbers;
  log_ptr lines;
  wall_clock now;
};

/// As a running node has them: metrics, a log on stderr, the system's clock.
instruments system_instruments();

}  // namespace stellwerk
