#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace stellwerk::system_test {

/// A program under test: started with its output in pipes, killed at the latest when this dies.
class process {
 public:
  explicit process(const std::vector<std::string>& command);
  ~process();
  process(process&& other) noexcept;
  process& operator=(process&& other) noexcept;

  /// The next line of stdout; empty if none came in time or the program ended.
  std::optional<std::string> line(std::chrono::milliseconds within);

  void signal(int number) const;
  /// Exit status as a shell tells it (128 + signal if killed); empty if it did not end in time.
  std::optional<int> wait(std::chrono::milliseconds within);
  /// What it wrote to stderr; complete after `wait`.
  std::string errors();

  pid_t id() const { return id_; }

 private:
  void drain_errors();

  pid_t id_ = -1;
  int out_ = -1;
  int err_ = -1;
  std::string out_text_;
  std::string err_text_;
};

/// Runs to its end: exit status and stdout + stderr. REQUIRES: ends within `within`.
struct finished {
  int status = -1;
  std::string output;
};
finished run_to_end(
    const std::vector<std::string>& command,
    std::chrono::milliseconds within = std::chrono::seconds{30}
);

}  // namespace stellwerk::system_test
