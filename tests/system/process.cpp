#include "tests/system/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <thread>
#include <utility>

namespace stellwerk::system_test {

namespace {

using clock = std::chrono::steady_clock;

int left_ms(clock::time_point end) {
  auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - clock::now());
  return left.count() < 0 ? 0 : static_cast<int>(left.count());
}

[[noreturn]] void become(const std::vector<std::string>& command, int out, int err) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  std::vector<char*> arguments;
  for (auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  execv(arguments[0], arguments.data());
  _exit(127);
}

}  // namespace

process::process(const std::vector<std::string>& command) {
  std::array<int, 2> out{};
  std::array<int, 2> err{};
  if (pipe2(out.data(), O_CLOEXEC) != 0 || pipe2(err.data(), O_CLOEXEC) != 0)
    throw std::runtime_error("no pipe");
  id_ = fork();
  if (id_ == 0) become(command, out[1], err[1]);
  close(out[1]);
  close(err[1]);
  out_ = out[0];
  err_ = err[0];
  fcntl(err_, F_SETFL, O_NONBLOCK);
}

process::process(process&& other) noexcept { *this = std::move(other); }

process& process::operator=(process&& other) noexcept {
  std::swap(id_, other.id_);
  std::swap(out_, other.out_);
  std::swap(err_, other.err_);
  std::swap(out_text_, other.out_text_);
  std::swap(err_text_, other.err_text_);
  return *this;
}

process::~process() {
  if (id_ > 0) {
    kill(id_, SIGKILL);
    waitpid(id_, nullptr, 0);
  }
  if (out_ >= 0) close(out_);
  if (err_ >= 0) close(err_);
}

std::optional<std::string> process::line(std::chrono::milliseconds within) {
  auto end = clock::now() + within;
  for (;;) {
    drain_errors();
    if (auto newline = out_text_.find('\n'); newline != out_text_.npos) {
      auto text = out_text_.substr(0, newline);
      out_text_.erase(0, newline + 1);
      return text;
    }
    pollfd ready{out_, POLLIN, 0};
    if (poll(&ready, 1, std::min(left_ms(end), 50)) == 0) {
      if (left_ms(end) == 0) return {};
      continue;
    }
    std::array<char, 4096> part{};
    auto got = read(out_, part.data(), part.size());
    if (got <= 0) return {};
    out_text_.append(part.data(), static_cast<std::size_t>(got));
  }
}

void process::signal(int number) const { kill(id_, number); }

std::optional<int> process::wait(std::chrono::milliseconds within) {
  auto end = clock::now() + within;
  for (int status = 0;;) {
    drain_errors();
    if (waitpid(id_, &status, WNOHANG) == id_) {
      drain_errors();
      id_ = -1;
      return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    if (left_ms(end) == 0) return {};
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
}

std::string process::errors() {
  drain_errors();
  return err_text_;
}

void process::drain_errors() {
  std::array<char, 4096> part{};
  for (ssize_t got; (got = read(err_, part.data(), part.size())) > 0;)
    err_text_.append(part.data(), static_cast<std::size_t>(got));
}

finished run_to_end(const std::vector<std::string>& command, std::chrono::milliseconds within) {
  process one{command};
  finished result;
  auto end = clock::now() + within;
  while (auto text = one.line(std::chrono::milliseconds{left_ms(end)}))
    result.output += *text + '\n';
  result.status = one.wait(std::chrono::milliseconds{left_ms(end)}).value_or(-1);
  result.output += one.errors();
  return result;
}

}  // namespace stellwerk::system_test
