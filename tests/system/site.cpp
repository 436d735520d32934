#include "tests/system/site.hpp"

#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>
#include <thread>

#include "actors/model/ids.hpp"
#include "actors/model/json.hpp"
#include "nodes/ctl/http_client.hpp"

namespace stellwerk::system_test {

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

bj::value parsed(const std::string& text) {
  problem why;
  return json::parse(text, why, {.bytes = 64u << 20u, .depth = 64}).value_or(nullptr);
}

answer ask_at(
    const std::string& url, const std::string& method, const std::string& path,
    const std::string& body, const std::map<std::string, std::string>& headers
) {
  ctl::http_call what{.method = method, .target = path, .body = body, .headers = {}};
  for (auto& header : headers) what.headers.emplace_back(header);
  auto reply = ctl::call(ctl::parse_server(url), "", what);
  return {reply.status, parsed(reply.body)};
}

void write_private(const fs::path& path, const std::string& text) {
  std::ofstream{path} << text;
  fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
}

}  // namespace

std::string binary(const std::string& name) { return STELLWERK_BINARY_DIR "/" + name; }

std::string text_of(const bj::value& object, const char* member) {
  auto* found = object.is_object() ? object.get_object().if_contains(member) : nullptr;
  if (found == nullptr) return "";
  return found->is_string() ? std::string{found->get_string()} : json::to_text(*found);
}

bool eventually(const std::function<bool()>& attempt, std::chrono::milliseconds within) {
  for (auto end = std::chrono::steady_clock::now() + within;;) {
    if (attempt()) return true;
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(10ms);
  }
}

plant::plant(const fs::path& folder)
    : log_(folder / "writes.log"),
      sim_(
          {binary("stellwerk-sim"), "modbus", "--port", "0", "--units", "2", "--control",
           "127.0.0.1:0", "--write-log", log_.string()}
      ) {
  auto ready = parsed(sim_.line(20s).value_or("null"));
  if (!ready.is_object()) throw std::runtime_error("the plant is not ready: " + sim_.errors());
  auto address = std::string{ready.at("modbus").at(0).get_string()};
  port_ = std::stoi(address.substr(address.rfind(':') + 1));
  control_ = text_of(ready, "control");
}

answer plant::ask(const std::string& method, const std::string& path, const std::string& body) {
  return ask_at(control_, method, path, body, {});
}

void plant::fault(int unit, const std::string& kind) {
  auto path = "/units/" + std::to_string(port_) + '/' + std::to_string(unit) + "/fault";
  auto told = ask("PUT", path, R"({"kind":")" + kind + "\"}");
  if (told.status != 200) throw std::runtime_error("no fault: " + json::to_text(told.body));
}

void plant::listen(bool yes) {
  auto body = std::string{R"({"listening":)"} + (yes ? "true}" : "false}");
  auto told = ask("PUT", "/ports/" + std::to_string(port_), body);
  if (told.status != 200) throw std::runtime_error("no switch: " + json::to_text(told.body));
}

std::vector<bj::value> plant::write_log() const {
  std::vector<bj::value> lines;
  std::ifstream file{log_};
  for (std::string line; std::getline(file, line);) lines.push_back(parsed(line));
  return lines;
}

std::size_t plant::writes() const { return write_log().size(); }

site::site(std::string extra_toml, const std::string& listen) {
  fs::create_directory(data());
  fs::permissions(data(), fs::perms::owner_all);
  write_private(folder() / "signing.key", uuid_v4() + uuid_v4() + '\n');
  std::ofstream{folder() / "stellwerk.toml"}
      << "site = \"test\"\nenv = \"development\"\n"
      << "[gateway]\nlisten = [\"" << listen << "\"]\n"
      << "[metrics]\nlisten = \"127.0.0.1:0\"\n"
      << "[auth]\nsecret_file = \"" << (folder() / "signing.key").string() << "\"\n"
      << "[limits]\ndefault = 100000\nwrite = 100000\nauth_per_second = 1000\n"
      << "auth_burst = 1000\nlogin = 1000\nsession = 1000\n"
      << "points_per_second = 10000000\npoints_burst = 10000000\n"
      << extra_toml;
}

void site::launch(const std::vector<std::string>& options) {
  std::vector<std::string> command{
      binary("stellwerkd"), "--config", (folder() / "stellwerk.toml").string(), "--data",
      data().string()};
  if (geteuid() == 0) command.emplace_back("--allow-root");
  command.insert(command.end(), options.begin(), options.end());
  server_.emplace(command);
}

void site::start(const std::vector<std::string>& options) {
  launch(options);
  auto ready = parsed(server_->line(20s).value_or("null"));
  if (!ready.is_object() || text_of(ready, "event") != "ready") {
    server_->wait(1s);
    throw std::runtime_error("not ready: " + server_->errors());
  }
  url_ = std::string{ready.at("http").at(0).get_string()};
  metrics_ = "http://" + text_of(ready, "metrics");
}

void site::kill() {
  server_->signal(SIGKILL);
  server_->wait(10s);
  server_.reset();
}

int site::stop() {
  server_->signal(SIGTERM);
  auto status = server_->wait(12s).value_or(-1);
  server_.reset();
  return status;
}

answer site::ask(
    const std::string& method, const std::string& path, const std::string& body,
    const std::map<std::string, std::string>& headers
) {
  return ask_at(url_, method, path, body, headers);
}

void site::set_up() {
  std::string setup_token;
  std::ifstream{data() / "setup.token"} >> setup_token;
  bj::object body{
      {"setup_token", setup_token}, {"username", "ada"}, {"password", "grey-harbour-42"}};
  auto made = ask("POST", "/api/v1/auth/setup", json::to_text(body));
  token_ = text_of(made.body, "access_token");
  if (token_.empty()) throw std::runtime_error("no set-up: " + json::to_text(made.body));
}

answer site::admin(
    const std::string& method, const std::string& path, const std::string& body,
    const std::map<std::string, std::string>& headers
) {
  if (token_.empty()) set_up();
  auto all = headers;
  all["Authorization"] = "Bearer " + token_;
  return ask(method, path, body, all);
}

std::string tank_json(const std::string& name, int port, int unit, int poll_ms) {
  auto channel = [&](const char* what, const char* direction, const char* type, const char* table,
                     int at, const char* raw, const char* more) {
    std::ostringstream out;
    out << R"({"name":")" << what << R"(","direction":")" << direction << R"(","type":")" << type
        << R"(","poll_ms":)" << poll_ms << R"(,"address":{"table":")" << table << R"(","register":)"
        << at << R"(,"type":")" << raw << "\"}" << more << '}';
    return out.str();
  };
  constexpr auto tenths = R"(,"scaling":{"kind":"divide","divisor":10})";
  constexpr auto setpoint = R"(,"scaling":{"kind":"divide","divisor":10},"min":0,"max":95)";
  return R"({"name":")" + name + R"(","driver":"modbus_tcp","kind":"plc","settings":)" +
         R"({"host":"127.0.0.1","port":)" + std::to_string(port) + R"(,"unit":)" +
         std::to_string(unit) + R"(,"timeout_ms":500},"channels":[)" +
         channel("temperature", "in", "float", "input", 0, "int16", tenths) + ',' +
         channel("level", "in", "float", "input", 1, "uint16", tenths) + ',' +
         channel("setpoint", "both", "float", "holding", 0, "int16", setpoint) + ',' +
         channel("pump", "both", "bool", "coil", 0, "bit", "") + "]}";
}

}  // namespace stellwerk::system_test
