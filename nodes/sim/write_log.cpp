#include "nodes/sim/write_log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <system_error>

namespace stellwerk::sim {

std::string rfc3339(std::chrono::system_clock::time_point time) {
  auto whole = std::chrono::floor<std::chrono::seconds>(time);
  auto ms = std::chrono::floor<std::chrono::milliseconds>(time - whole).count();
  auto seconds = std::chrono::system_clock::to_time_t(whole);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 32> text{};
  auto used = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &utc);
  std::snprintf(text.data() + used, text.size() - used, ".%03dZ", static_cast<int>(ms));
  return text.data();
}

write_log::write_log(const std::string& file) {
  if (file.empty()) return;
  file_ = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (file_ < 0) throw std::system_error(errno, std::generic_category(), "write log " + file);
}

write_log::~write_log() {
  if (file_ >= 0) ::close(file_);
}

void write_log::append(std::uint16_t port, std::uint8_t unit, const modbus_write& write) {
  auto line = "{\"seq\":" + std::to_string(last_ + 1) + ",\"time\":\"" +
              rfc3339(std::chrono::system_clock::now()) + "\",\"port\":" + std::to_string(port) +
              ",\"unit\":" + std::to_string(unit) +
              ",\"function\":" + std::to_string(write.function) +
              ",\"address\":" + std::to_string(write.address) + ",\"values\":[";
  for (auto value : write.values) line.append(std::to_string(value)).append(",");
  line.back() = ']';
  line.append("}\n");
  if (file_ >= 0) {
    auto written = ::write(file_, line.data(), line.size());
    if (written != static_cast<ssize_t>(line.size()))
      throw std::system_error(written < 0 ? errno : ENOSPC, std::generic_category(), "write log");
  }
  ++last_;
  line.pop_back();
  kept_.push_back(std::move(line));
  if (kept_.size() > kept_max) kept_.pop_front();
}

std::vector<std::string> write_log::after(std::uint64_t seq, std::size_t max) const {
  auto dropped = last_ - kept_.size();
  auto skipped = std::min(kept_.size(), static_cast<std::size_t>(std::max(seq, dropped) - dropped));
  auto count = std::min(max, kept_.size() - skipped);
  auto first = kept_.begin() + static_cast<std::ptrdiff_t>(skipped);
  return {first, first + static_cast<std::ptrdiff_t>(count)};
}

}  // namespace stellwerk::sim
