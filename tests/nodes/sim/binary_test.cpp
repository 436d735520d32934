#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/nodes/sim/plant.hpp"

namespace stellwerk::sim {
namespace {

/// The real program, which lies beside this test.
class binary_test : public testing::Test {
 protected:
  ~binary_test() override {
    if (output != nullptr) std::fclose(output);
    if (pid > 0) ::kill(pid, SIGKILL), ::waitpid(pid, nullptr, 0);
  }

  void start(std::vector<std::string> arguments) {
    auto program = std::filesystem::read_symlink("/proc/self/exe").parent_path() / "stellwerk-sim";
    arguments.insert(arguments.begin(), {program, "modbus"});
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    int ends[2];
    ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
    ASSERT_EQ(::posix_spawn(&pid, program.c_str(), &actions, nullptr, argv.data(), environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    output = ::fdopen(ends[0], "r");
  }

  std::string line() {
    char text[4096];
    return std::fgets(text, sizeof text, output) == nullptr ? "" : text;
  }

  int exit_code() {
    int status = 0;
    ::waitpid(pid, &status, 0);
    pid = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
  }

  static std::uint16_t port_of(const json::value& url) {
    std::string text(url.as_string());
    return static_cast<std::uint16_t>(std::stoi(text.substr(text.rfind(':') + 1)));
  }

  pid_t pid = -1;
  std::FILE* output = nullptr;
};

TEST_F(binary_test, says_where_it_listens_serves_there_and_stops_on_sigterm) {
  start(
      {"--port", "0", "--ports", "2", "--control", "127.0.0.1:0", "--fault",
       "unit=2,kind=exception,code=6"}
  );
  auto ready = json::parse(line());
  EXPECT_EQ(ready.at("event"), "ready");
  ASSERT_EQ(ready.at("modbus").as_array().size(), 2u);
  client modbus(port_of(ready.at("modbus").at(1)));
  EXPECT_EQ(modbus.ask(read_setpoint(1, 1), 11), setpoint_is(1, 1, 400));
  EXPECT_EQ(modbus.ask(read_setpoint(2, 2), 9), frame(2, 2, {0x83, 6}));
  client http(port_of(ready.at("control")));
  http.send(std::string("GET /health HTTP/1.1\r\nConnection: close\r\n\r\n"));
  EXPECT_TRUE(http.receive_all().starts_with("HTTP/1.1 200"));
  ::kill(pid, SIGTERM);
  EXPECT_EQ(exit_code(), 0);
}

TEST_F(binary_test, stops_on_sigint_while_an_answer_is_being_delayed) {
  start({"--port", "0", "--control", "127.0.0.1:0", "--fault", "kind=slow,delay_ms=60000"});
  client modbus(port_of(json::parse(line()).at("modbus").at(0)));
  modbus.send(read_setpoint(1));
  ::kill(pid, SIGINT);
  EXPECT_EQ(exit_code(), 0);
}

TEST_F(binary_test, stops_with_code_1_when_the_write_log_is_full) {
  start({"--port", "0", "--control", "127.0.0.1:0", "--write-log", "/dev/full"});
  client modbus(port_of(json::parse(line()).at("modbus").at(0)));
  modbus.send(write_setpoint(1, 1, 300));
  EXPECT_TRUE(line().starts_with("stellwerk-sim: write log")) << "no answer without a log";
  EXPECT_EQ(exit_code(), 1);
}

TEST_F(binary_test, refuses_wrong_options_with_code_2) {
  std::vector<std::vector<std::string>> wrong{
      {"--units", "0"},
      {"--units", "248"},
      {"--ports", "65"},
      {"--port", "65535", "--ports", "2"},
      {"--port", "70000"},
      {"--bind", "localhost"},
      {"--port", "0", "--control", "127.0.0.1"},
      {"--port", "0", "--control", "127.0.0.1:x"},
      {"--port", "0", "--fault", "kind=slo"},
      {"--port", "0", "--fault", "unit=3,kind=silent"},
      {"--port", "0", "--write-log", "/nowhere/writes"},
      {"--nonsense"},
  };
  for (auto& arguments : wrong) {
    start(arguments);
    EXPECT_NE(line(), "");
    EXPECT_EQ(exit_code(), 2) << arguments[0] << " " << arguments.back();
    std::fclose(std::exchange(output, nullptr));
  }
}

}  // namespace
}  // namespace stellwerk::sim
