#pragma once

#include <string>

#include "actors/access/accounts.hpp"
#include "actors/access/limiter.hpp"
#include "actors/access/secret.hpp"
#include "actors/field/drivers.hpp"
#include "actors/history/historian.hpp"
#include "gateway/options.hpp"
#include "nodes/config_source.hpp"
#include "persistence/backups.hpp"
#include "persistence/journal_retention.hpp"

namespace stellwerk {

enum class run_mode : std::uint8_t { production, development };
BOOST_DESCRIBE_ENUM(run_mode, production, development)

/// `[auth]`
struct auth_section {
  std::string secret_file;  // signs tokens; 0600; must be named in production
  bounded<std::uint32_t, 10, 15> bcrypt_cost = 12;
  json::flat<auth_options> tokens;
};
BOOST_DESCRIBE_STRUCT(auth_section, (), (secret_file, bcrypt_cost, tokens))

/// `stellwerk.toml`. What lies deeper is declared beside the unit that obeys it.
struct node_options {
  std::string site = "main";
  run_mode env = run_mode::production;
  std::string data_dir = "data";
  gateway::gateway_options gateway;
  gateway::tls_options tls;
  gateway::metrics_options metrics;
  auth_section auth;
  limit_options limits;
  field_options devices;
  history_options history;
  disk_options disk = {};
  journal_options journal = {};
  backup_options backup;
};
BOOST_DESCRIBE_STRUCT(
    node_options, (),
    (site, env, data_dir, gateway, tls, metrics, auth, limits, devices, history, disk, journal,
     backup)
)

/// What `stellwerkd` was called with.
struct command_line {
  std::string config;
  std::string data;
  bool demo = false;
  bool check = false;
  bool print_config = false;
  bool allow_root = false;
};

/// Options in effect, or all that is wrong with them.
struct configuration {
  node_options options;
  config_complaints wrong;
};

/// This process's variables that are Stellwerk's.
environment process_environment();
/// Where sd_notify(3) is heard; empty if no service manager started us.
std::string service_manager_socket();

/// File, then environment, then command line; then the rules across keys. Touches no data folder.
configuration configure(const command_line& line, const environment& variables);

/// What a start depends on beside the options.
struct run_facts {
  bool demo = false;
  secret signing;
  std::string configuration = {};  // the bytes of its file; empty: there is none
  backup_key_ptr backup_key = {};  // null: backups are not encrypted
};

/// The machine's facts that a start depends on: user, data folder, secrets. Makes the data folder.
/// Empty with complaints if the start must be refused.
std::optional<run_facts> prepare(
    const node_options& options, const command_line& line, config_complaints& wrong
);

}  // namespace stellwerk
