#include "tests/bench/victoria_metrics.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>

namespace stellwerk::bench {

namespace {

using namespace std::chrono_literals;

/// Free a moment ago; the program can be told no port of 0.
int free_port() {
  auto socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  auto good = bind(socket, reinterpret_cast<sockaddr*>(&at), size) == 0 &&
              getsockname(socket, reinterpret_cast<sockaddr*>(&at), &size) == 0;
  close(socket);
  if (!good) throw std::runtime_error("no port");
  return ntohs(at.sin_port);
}

std::vector<std::string> command(
    const std::string& program, const std::filesystem::path& folder, const std::string& url
) {
  return {
      program,
      "-storageDataPath=" + folder.string(),
      "-httpListenAddr=" + url.substr(url.find("//") + 2),
      "-retentionPeriod=100y",
      "-loggerLevel=ERROR",
      "-http.connTimeout=12h",
      "-search.latencyOffset=0s"};
}

/// Five times a second.
template <class F>
bool within(std::chrono::seconds limit, system_test::process& program, F done) {
  for (auto left = limit / 200ms; left > 0; --left, program.line(200ms))
    if (done()) return true;
  return false;
}

}  // namespace

double bytes_below(const std::filesystem::path& folder) {
  double bytes = 0;
  std::error_code vanished;
  std::filesystem::recursive_directory_iterator at{folder, vanished};
  for (; !vanished && at != std::filesystem::recursive_directory_iterator{};
       at.increment(vanished)) {
    std::error_code gone;
    if (auto size = at->is_regular_file(gone) ? at->file_size(gone) : 0; !gone)
      bytes += static_cast<double>(size);
  }
  return bytes;
}

victoria_metrics::victoria_metrics(const std::string& program, std::filesystem::path folder)
    : folder_(std::move(folder)),
      url_(fmt::format("http://127.0.0.1:{}", free_port())),
      program_(command(program, folder_, url_)) {
  auto serves = [this] {
    try {
      client_ = std::make_unique<keep_alive_client>(url_);
      return client_->ask("GET", "/health", "").status == 200;
    } catch (const std::runtime_error&) {
      return false;
    }
  };
  if (!within(30s, program_, serves)) throw std::runtime_error("VictoriaMetrics did not start");
}

void victoria_metrics::store(std::uint32_t series, std::span<const sample> run) {
  std::string values, times;
  for (auto& one : run) {
    fmt::format_to(std::back_inserter(values), ",{}", one.value.number());
    fmt::format_to(std::back_inserter(times), ",{}", one.time.time_since_epoch().count());
  }
  auto line = fmt::format(
      "{{\"metric\":{{\"__name__\":\"sample\",\"device\":\"device-{:03}\",\"channel\":\"channel-{}"
      "\"}},"
      "\"values\":[{}],\"timestamps\":[{}]}}\n",
      series / 10, series % 10, values.substr(1), times.substr(1)
  );
  auto status = client_->ask("POST", "/api/v1/import", "", line).status;
  if (status != 204) throw std::runtime_error("import answered " + std::to_string(status));
}

double victoria_metrics::merged_bytes() {
  client_->ask("GET", "/internal/force_flush", "");
  client_->ask("GET", "/internal/force_merge", "");
  double before = -1;
  int same = 0;
  within(300s, program_, [&] {
    auto now = bytes_below(folder_);
    same = now == before ? same + 1 : 0;
    before = now;
    return same == 50;  // ten seconds
  });
  return before;
}

}  // namespace stellwerk::bench
