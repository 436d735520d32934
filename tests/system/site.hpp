#pragma once

#include <boost/json/value.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/system/process.hpp"
#include "tests/temporary_folder.hpp"

namespace stellwerk::system_test {

namespace bj = boost::json;

using scratch = temporary_folder;

struct answer {
  int status = 0;
  bj::value body;
};

/// The simulated plant: two units on one port, controlled by HTTP.
class plant {
 public:
  explicit plant(const std::filesystem::path& folder);
  int port() const { return port_; }
  answer ask(const std::string& method, const std::string& path, const std::string& body = {});
  /// `kind` is one of the plant's faults; `none` ends it.
  void fault(int unit, const std::string& kind);
  void listen(bool yes);
  /// What was written to it, by its own log.
  std::size_t writes() const;
  std::vector<bj::value> write_log() const;

 private:
  std::filesystem::path log_;
  process sim_;
  int port_ = 0;
  std::string control_;
};

/// One stellwerkd on loopback with a data folder that outlives it, and an administrator.
class site {
 public:
  explicit site(std::string extra_toml = {}, const std::string& listen = "http://127.0.0.1:0");

  /// Starts it and waits until it is ready; throws with its log if it is not within 20 s.
  void start(const std::vector<std::string>& options = {});
  /// Starts it and does not wait.
  void launch(const std::vector<std::string>& options = {});
  /// SIGKILL, and gone.
  void kill();
  /// SIGTERM; the exit status.
  int stop();

  answer ask(
      const std::string& method, const std::string& path, const std::string& body = {},
      const std::map<std::string, std::string>& headers = {}
  );
  /// As the administrator, who is set up at the first call.
  answer admin(
      const std::string& method, const std::string& path, const std::string& body = {},
      const std::map<std::string, std::string>& headers = {}
  );

  /// Stops using its data folder; from the next start on it is `data`, below its own folder.
  void move_to(const std::string& data) { data_ = data; }

  const std::string& url() const { return url_; }
  const std::string& token() const { return token_; }
  std::filesystem::path data() const { return folder_.path() / data_; }
  std::filesystem::path folder() const { return folder_.path(); }
  process& server() { return *server_; }
  std::string metrics_url() const { return metrics_; }

 private:
  void set_up();

  scratch folder_;
  std::string data_ = "data";
  std::optional<process> server_;
  std::string url_;
  std::string metrics_;
  std::string token_;
};

/// A Modbus device with the demo plant's channels, as JSON for POST /devices.
std::string tank_json(const std::string& name, int port, int unit, int poll_ms = 100);

/// Repeats `attempt` until it is true; false after `within`.
bool eventually(const std::function<bool()>& attempt, std::chrono::milliseconds within);

std::string binary(const std::string& name);
std::string text_of(const bj::value& object, const char* member);

}  // namespace stellwerk::system_test
