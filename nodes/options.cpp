#include "nodes/options.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "actors/field/modbus_host.hpp"
#include "nodes/data_folder.hpp"

namespace stellwerk {

namespace {

constexpr std::size_t site_letters_max = 32;
constexpr std::size_t configuration_bytes_max = 1 << 20;

bool is_site_id(const std::string& text) {
  auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= site_letters_max && plain(text.front()) &&
         std::ranges::all_of(text, [&](char c) { return plain(c) || c == '-'; });
}

problems check_across(const node_options& options, const command_line& line) {
  problems found;
  auto under = [&](const char* section, problems wrong) {
    for (auto& one : wrong) {
      one.path = std::string{section} + '.' + one.path;
      found.push_back(std::move(one));
    }
  };
  under("gateway", gateway::check(options.gateway, options.tls));
  under("metrics", gateway::check(options.metrics));
  under("devices", check(options.devices));
  under("history", check(options.history));
  auto add = [&](const char* path, const char* message, const char* expected) {
    found.push_back({path, "invalid", message, expected});
  };
  if (!is_site_id(options.site))
    add("site", "is no site id", "1 to 32 of a-z, 0-9 and -, not beginning with -");
  auto production = options.env == run_mode::production;
  if (production && options.auth.secret_file.empty())
    add("auth.secret_file", "is missing in production", "the path of a file with the secret");
  if (production && line.demo)
    add("env", "is production, but --demo was given", "a site without everybody's password");
  if (auto at = gateway::endpoint_from(options.metrics.listen);
      !production && at && !at->address().is_loopback())
    add("metrics.listen", "is no loopback address in development", "127.0.0.1 or [::1]");
  if (production && line.allow_root)
    add("env", "is production, but --allow-root was given", "a service user without rights");
  for (auto& url : options.gateway.listen) {
    auto at = gateway::listen_address_from(url);
    if (!at || at->endpoint.address().is_loopback()) continue;
    if (!production)
      add("gateway.listen", "is no loopback address in development", "127.0.0.1 or [::1]");
    else if (!at->tls)
      add("gateway.listen", "is plain HTTP on a public address", "https:// with [tls]");
  }
  return found;
}

backup_key_ptr read_key_of_backups(const node_options& options, config_complaints& wrong) {
  namespace fs = std::filesystem;
  auto& file = options.backup.key_file;
  if (file.empty()) return {};
  std::error_code ignored;
  auto backups = fs::weakly_canonical(backups_folder(options.backup, options.data_dir), ignored);
  auto below = fs::weakly_canonical(file, ignored).lexically_relative(backups).string();
  auto key = read_backup_key(file);
  if (!below.empty() && !below.starts_with("..") && key)
    key = refuse(errc::invalid, file + ": lies among the backups: keep it elsewhere");
  if (key) return std::move(*key);
  auto told = refusal_of(key.error()).detail;
  wrong.push_back(told.insert(file.size(), ": backup.key_file"));
  return {};
}

std::string content_of(const std::string& file, config_complaints& wrong) {
  std::ifstream in{file, std::ios::binary};
  std::string text{std::istreambuf_iterator<char>{in}, {}};
  if (text.size() > configuration_bytes_max)
    wrong.push_back(file + ": is larger than 1 MiB: a configuration is not");
  return text;
}

}  // namespace

environment process_environment() {
  environment ours;
  for (auto** line = environ; *line != nullptr; ++line) {
    std::string_view text{*line};
    auto equals = text.find('=');
    if (text.starts_with("STELLWERK_") && equals != text.npos)
      ours.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return ours;
}

std::string service_manager_socket() {
  auto* path = std::getenv("NOTIFY_SOCKET");
  return path != nullptr ? path : "";
}

configuration configure(const command_line& line, const environment& variables) {
  configuration made;
  config_source source;
  if (line.demo) {
    made.options.site = "demo";
    made.options.env = run_mode::development;
  }
  if (!line.config.empty()) add_toml(source, line.config, made.wrong);
  problem ignored;
  auto defaults = json::parse(json::encode(made.options), ignored);
  add_environment(source, *defaults, variables, made.wrong);
  json::reader reader;
  json::read(source.content, made.options, reader);
  auto found = reader.take();
  if (!line.data.empty()) made.options.data_dir = line.data;
  if (found.empty()) found = check_across(made.options, line);
  std::ranges::move(located(found, source), std::back_inserter(made.wrong));
  return made;
}

std::optional<run_facts> prepare(
    const node_options& options, const command_line& line, config_complaints& wrong
) {
  if (geteuid() == 0 && !line.allow_root)
    wrong.emplace_back("stellwerkd: runs as root: use a service user (--allow-root in development)"
    );
  std::filesystem::path folder = options.data_dir;
  if (wrong.empty()) prepare_data_folder(folder, wrong);
  if (!wrong.empty()) return {};
  run_facts facts;
  facts.demo = line.demo;
  std::optional<std::string> text;
  if (!options.auth.secret_file.empty())
    text = read_secret(options.auth.secret_file, "auth.secret_file", wrong);
  else
    text = read_or_make_secret(folder / "signing.key", "auth.secret_file", wrong);
  facts.backup_key = read_key_of_backups(options, wrong);
  if (!line.config.empty()) facts.configuration = content_of(line.config, wrong);
  if (!wrong.empty()) return {};
  facts.signing = secret{std::move(*text)};
  return facts;
}

}  // namespace stellwerk
