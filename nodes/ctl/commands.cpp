#include "nodes/ctl/commands.hpp"

#include <termios.h>
#include <unistd.h>

#include <cctype>
#include <chrono>
#include <iostream>

#include "actors/model/codec.hpp"
#include "actors/model/ids.hpp"
#include "monitoring/clock.hpp"
#include "nodes/ctl/table.hpp"

namespace stellwerk::ctl {

namespace {

namespace bj = boost::json;

/// A member as a cell: texts as they are, `-` for null and absent, else JSON.
std::string cell(const bj::value& object, const char* name) {
  auto* found = object.is_object() ? object.get_object().if_contains(name) : nullptr;
  if (found == nullptr || found->is_null()) return "-";
  if (found->is_string()) return std::string{found->get_string()};
  return json::to_text(*found);
}

int print_json(const bj::value& what) {
  std::cout << json::to_text(what) << '\n';
  return done;
}

int to_stdout(api& server, const std::string& path) {
  server.download(path, [](std::string_view piece) {
    std::cout << piece;
    if (!std::cout) throw std::runtime_error("what is exported cannot be written to stdout");
  });
  std::cout << std::flush;
  return done;
}

std::string ask_password() {
  std::cerr << "Password: " << std::flush;
  termios before{};
  auto terminal = tcgetattr(STDIN_FILENO, &before) == 0;
  if (terminal) {
    auto silent = before;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  std::string password;
  std::getline(std::cin, password);
  if (terminal) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
  std::cerr << '\n';
  return password;
}

std::string since(const bj::value& link) {
  auto when = time_from(cell(link, "since"));
  if (!when) return "-";
  return duration_text((system_clock()() - *when).count());
}

/// Columns as the server names them: they differ by the channel's type.
int series(api& server, const std::string& range, std::uint32_t points) {
  auto told = server.read("/api/v1/samples/series" + range + "&points=" + std::to_string(points));
  if (server.json()) return print_json(told);
  auto& channel = told.at("items").at(0);
  std::vector<std::string> columns;
  for (auto& one : channel.at("columns").get_array()) {
    columns.push_back(one.as_string().c_str());
    for (auto& letter : columns.back()) letter = static_cast<char>(std::toupper(letter));
  }
  table out{columns};
  for (auto& bucket : channel.at("points").get_array()) {
    std::vector<std::string> cells;
    for (auto& one : bucket.get_array())
      cells.push_back(one.is_string() ? std::string{one.get_string()} : json::to_text(one));
    out.add(std::move(cells));
  }
  std::cout << out.text();
  if (auto from = cell(told, "partial_from"); from != "-")
    std::cout << "Not whole from " << from << " on.\n";
  return done;
}

std::vector<std::string> entry_cells(const bj::value& entry) {
  auto& actor = entry.at("actor");
  auto who = cell(actor, "name");
  return {
      cell(entry, "seq"),
      cell(entry, "time"),
      cell(entry, "type"),
      cell(entry, "subject"),
      who.empty() ? cell(actor, "principal") : who,
      cell(entry, "data")};
}

/// The number of the entry that is meant.
std::string entry_about(api& server, const std::string& what) {
  if (what.find_first_not_of("0123456789") == what.npos) return what;
  auto subject = what.find('/') == what.npos ? "command/" + what : what;
  auto found = server.read_all("/api/v1/journal?limit=1&subject=" + encoded(subject), 1);
  if (found.empty()) throw std::invalid_argument("the journal has no entry about " + subject);
  return cell(found.at(0), "seq");
}

std::pair<std::string, std::string> split(const std::string& channel) {
  auto slash = channel.find('/');
  if (slash == channel.npos || slash == 0 || slash + 1 == channel.size())
    throw std::invalid_argument("a channel is device/channel, not " + channel);
  return {channel.substr(0, slash), channel.substr(slash + 1)};
}

int exit_code_of(const std::string& outcome) {
  if (outcome == "verified" || outcome == "done") return done;
  auto open = outcome == "accepted" || outcome == "queued" || outcome == "sent";
  return open ? not_yet : not_so;
}

bj::value value_from(const std::string& text) {
  problem why;
  auto parsed = json::parse(text, why);
  if (parsed && !parsed->is_object() && !parsed->is_array() && !parsed->is_null()) return *parsed;
  return bj::value(text);
}

}  // namespace

int log_in(api& server, std::string username, bool password_from_stdin) {
  if (username.empty()) {
    std::cerr << "Username: " << std::flush;
    std::getline(std::cin, username);
  }
  std::string password;
  if (password_from_stdin)
    std::getline(std::cin, password);
  else
    password = ask_password();
  server.log_in(username, password);
  std::cout << "Logged in at " << server.server() << " as " << printable(username) << '\n';
  return done;
}

int status(api& server) {
  auto health = server.health();
  auto well = cell(health, "status") == "ok" ? done : not_so;
  if (server.json()) {
    print_json(health);
    return well;
  }
  table out{{"SITE", "STATUS", "VERSION", "UP", "SERVER"}};
  auto uptime = health.at("uptime_s").to_number<double>();
  out.add(
      {cell(health, "site"), cell(health, "status"), cell(health, "version"),
       duration_text(static_cast<long long>(uptime * 1000)), server.server()}
  );
  std::cout << out.text();
  return well;
}

int devices(api& server) {
  auto items = server.read_all("/api/v1/devices?limit=1000", 10'000);
  if (server.json()) return print_json(items);
  table out{{"NAME", "DRIVER", "LINK", "SINCE", "CHANNELS", "LAST ERROR"}};
  for (auto& one : items) {
    auto& link = one.at("link");
    auto error = cell(link, "last_error");
    out.add(
        {cell(one, "name"), cell(one, "driver"), cell(link, "state"), since(link),
         std::to_string(one.at("channels").get_array().size()), error.empty() ? "-" : error}
    );
  }
  std::cout << out.text();
  return done;
}

int set(api& server, const set_options& options) {
  auto [device, channel] = split(options.channel);
  bj::object body{
      {"channel", channel},
      {"value", value_from(options.value)},
      {"expires_in_ms", options.expires_in_ms}};
  auto path =
      "/api/v1/devices/" + encoded(device) + "/commands?wait_ms=" + std::to_string(options.wait_ms);
  auto key = options.key.empty() ? uuid_v4() : options.key;
  bj::value command;
  try {
    command = server.request("POST", path, json::to_text(body), key);
  } catch (const unreachable& why) {
    throw unreachable(
        std::string{why.what()} + "\nIt may have been accepted. Safe to repeat with --key " + key
    );
  }
  auto outcome = cell(command, "status");
  auto code = exit_code_of(outcome);
  if (server.json()) {
    print_json(command);
    return code;
  }
  std::cout << options.channel << " = " << cell(command, "value") << ": " << outcome;
  if (cell(command, "read_back") != "-") std::cout << ", reads " << cell(command, "read_back");
  auto detail = cell(command, "detail");
  if (detail != "-" && !detail.empty()) std::cout << " (" << printable(detail) << ')';
  std::cout << '\n';
  std::optional<wall_time> first;
  for (auto& step : command.at("history").get_array()) {
    auto at = time_from(cell(step, "at"));
    if (!first) first = at;
    if (at) std::cout << "  +" << (*at - *first).count() << " ms  " << cell(step, "status") << '\n';
  }
  return code;
}

int samples(api& server, const samples_options& options) {
  auto now = system_clock()();
  auto from = options.from.empty() ? to_text(now - std::chrono::hours{1}) : options.from;
  auto to = options.to.empty() ? to_text(now + std::chrono::milliseconds{1}) : options.to;
  auto range =
      "?channel=" + encoded(options.channel) + "&from=" + encoded(from) + "&to=" + encoded(to);
  if (options.points > 0) return series(server, range, options.points);
  auto path =
      "/api/v1/samples" + range + "&limit=" + std::to_string(std::min(options.most, 10'000u));
  auto items = server.read_all(path, options.most);
  if (server.json()) return print_json(items);
  table out{{"TIME", "CHANNEL", "VALUE", "QUALITY"}};
  for (auto& one : items)
    out.add({cell(one, "time"), cell(one, "channel"), cell(one, "value"), cell(one, "quality")});
  std::cout << out.text();
  return done;
}

int export_samples(api& server, const export_options& options) {
  auto path = "/api/v1/samples/export?format=" + options.format;
  for (auto& one : options.channels) path += "&channel=" + encoded(one);
  if (!options.from.empty()) path += "&from=" + encoded(options.from);
  if (!options.to.empty()) path += "&to=" + encoded(options.to);
  return to_stdout(server, path);
}

int journal(api& server, const journal_options& options) {
  auto path = "/api/v1/journal?limit=" + std::to_string(std::min(options.most, 1000u));
  if (!options.type.empty()) path += "&type=" + encoded(options.type);
  if (!options.subject.empty()) path += "&subject=" + encoded(options.subject);
  auto items = server.read_all(path, options.most);
  if (server.json()) return print_json(items);
  table out{{"SEQ", "TIME", "TYPE", "SUBJECT", "WHO", "DATA"}};
  for (auto& one : items) out.add(entry_cells(one));
  std::cout << out.text();
  return done;
}

int export_journal_of(api& server, const journal_range& range) {
  std::string path = "/api/v1/journal/export";
  auto separator = '?';
  auto add = [&](const char* name, const std::string& bound) {
    if (bound.empty()) return;
    auto is_seq = bound.find_first_not_of("0123456789") == bound.npos;
    path += separator + std::string{name} + (is_seq ? "_seq=" : "=") + encoded(bound);
    separator = '&';
  };
  add("from", range.from);
  add("to", range.to);
  return to_stdout(server, path);
}

int journal_keys_of(api& server) {
  auto told = server.read("/api/v1/journal/keys");
  if (server.json()) return print_json(told);
  for (auto& one : told.at("items").get_array())
    std::cout << cell(one, "public_key") << ' ' << cell(one, "kid") << ' ' << cell(one, "since")
              << '\n';
  return done;
}

int explain(api& server, const std::string& what) {
  auto told = server.read("/api/v1/journal/" + entry_about(server, what) + "/explain");
  if (server.json()) return print_json(told);
  table out{{"LINK", "SEQ", "TIME", "TYPE", "SUBJECT", "WHO", "DATA"}};
  auto add = [&](std::string link, const bj::value& entry) {
    auto cells = entry_cells(entry);
    cells.insert(cells.begin(), std::move(link));
    out.add(std::move(cells));
  };
  for (auto& one : told.at("because").get_array()) add(cell(one, "link"), one.at("entry"));
  add("=>", told.at("entry"));
  for (auto& one : told.at("followed").get_array()) add(cell(one, "link"), one.at("entry"));
  std::cout << out.text();
  if (!told.at("complete").as_bool()) std::cout << "There is more than is shown.\n";
  return done;
}

}  // namespace stellwerk::ctl
