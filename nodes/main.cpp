#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>

#include "monitoring/failpoint.hpp"
#include "nodes/node.hpp"
#include "nodes/run.hpp"
#include "persistence/database.hpp"

namespace {

using namespace stellwerk;

constexpr auto footer =
    "Exit codes: 0 asked to stop; 2 configuration refused; 3 storage refused; 70 a part gave up.\n"
    "Every key of the file is a variable, too: STELLWERK_GATEWAY_LISTEN, STELLWERK_SITE, ...";

int refuse(const config_complaints& wrong) {
  for (auto& line : wrong) std::cerr << line << '\n';
  return exit_code::configuration_refused;
}

int start(const command_line& line) {
  auto made = configure(line, process_environment());
  if (!made.wrong.empty()) return refuse(made.wrong);
  if (line.print_config) {
    problem ignored;
    std::cout << to_toml(*json::parse(json::encode(made.options), ignored));
    return exit_code::asked_to_stop;
  }
  if (line.check) {
    std::cout << "The configuration is good.\n";
    return exit_code::asked_to_stop;
  }
  auto facts = prepare(made.options, line, made.wrong);
  if (!facts) return refuse(made.wrong);
  try {
    return run(made.options, std::move(*facts));
  } catch (const storage_error& why) {
    std::cerr << why.what() << "\nstellwerkd: `stellwerk db check --data " << made.options.data_dir
              << "` tells what is damaged, if anything is\n";
    return exit_code::storage_refused;
  } catch (const part_not_ready& why) {
    std::cerr << why.what() << '\n';
    return exit_code::part_gave_up;
  } catch (const std::exception& why) {
    std::cerr << why.what() << '\n';
    return exit_code::configuration_refused;
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Stellwerk: one node of a site"};
  command_line line;
  app.add_option("--config", line.config, "TOML file; see docs/operations.md");
  app.add_option("--data", line.data, "Data folder; else data_dir of the file");
  app.add_flag("--demo", line.demo, "A development site with the simulated plant's devices");
  app.add_flag("--check", line.check, "Check the configuration and end");
  app.add_flag("--print-config", line.print_config, "Print what is in effect and end");
  app.add_flag("--allow-root", line.allow_root, "Run as root; development only");
#ifdef STELLWERK_TEST_HOOKS
  auto plant = [](const std::string& text) {
    if (text != "list") return stellwerk::plant_failpoint(text);
    std::cout << stellwerk::all_failpoints();
    throw CLI::Success{};
  };
  app.add_option("--failpoint", "name=crash|error|delay|torn[:n], or `list`; test builds only")
      ->check(plant);
#endif
  app.set_version_flag("--version", STELLWERK_VERSION);
  app.footer(footer);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& bad) {
    return app.exit(bad) == 0 ? stellwerk::exit_code::asked_to_stop
                              : stellwerk::exit_code::configuration_refused;
  }
  return start(line);
}
