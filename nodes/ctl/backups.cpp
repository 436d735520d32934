#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <iostream>

#include "actors/model/ids.hpp"
#include "actors/model/json.hpp"
#include "monitoring/clock.hpp"
#include "nodes/ctl/commands.hpp"
#include "nodes/ctl/table.hpp"

namespace stellwerk::ctl {

namespace {

namespace bj = boost::json;
using namespace std::chrono_literals;

constexpr auto backups_path = "/api/v1/backups";
constexpr auto look_again = 250ms;

std::string member(const bj::value& object, const char* name) {
  auto& found = object.at(name);
  return printable(found.is_string() ? std::string{found.get_string()} : json::to_text(found));
}

/// Asks for a backup until it is no longer in `state`, or the time is over.
bj::value await_end(api& server, bj::value told, const char* state, std::uint32_t wait_s) {
  auto path = std::string{backups_path} + '/' + member(told, "id");
  boost::asio::io_context io;
  for (auto end = meter_now() + std::chrono::seconds{wait_s};
       member(told, "status") == state && meter_now() < end;) {
    boost::asio::steady_timer{io, look_again}.wait();
    told = server.read(path);
  }
  return told;
}

int tell(const api& server, const bj::value& backup) {
  auto status = member(backup, "status");
  if (server.json())
    std::cout << json::to_text(backup) << '\n';
  else if (status == "complete")
    std::cout << "Backup " << member(backup, "id") << " is whole: " << member(backup, "size_bytes")
              << " bytes, journal up to entry " << member(backup, "seq") << ".\n";
  else
    std::cout << "Backup " << member(backup, "id") << " is " << status << ": "
              << member(backup, "problem") << '\n';
  if (status == "running" || status == "verifying") return not_yet;
  return status == "complete" ? done : not_so;
}

}  // namespace

int create_backup_of(api& server, const backup_command& what) {
  auto body = json::to_text(bj::object{{"note", what.note}});
  auto begun = server.request("POST", backups_path, body, uuid_v4());
  return tell(server, await_end(server, std::move(begun), "running", what.wait_s));
}

int list_backups_of(api& server) {
  auto told = server.read(backups_path);
  if (server.json()) {
    std::cout << json::to_text(told.at("items")) << '\n';
    return done;
  }
  table out{{"ID", "STATUS", "CREATED", "BYTES", "SEQ", "KEY", "NOTE"}};
  for (auto& one : told.at("items").get_array())
    out.add(
        {member(one, "id"), member(one, "status"), member(one, "created_at"),
         member(one, "size_bytes"), member(one, "seq"),
         member(one, "key_id").empty() ? "-" : member(one, "key_id"), member(one, "note")}
    );
  std::cout << out.text();
  return done;
}

int verify_backup_of(api& server, const backup_command& what) {
  auto id = what.id;
  if (id.empty()) {
    auto told = server.read(backups_path);
    for (auto& one : told.at("items").get_array())
      if (auto status = member(one, "status"); id.empty() && status != "failed")
        id = member(one, "id");
    if (id.empty()) throw std::invalid_argument("the node has no backup");
  }
  auto path = std::string{backups_path} + '/' + encoded(id) + "/verify";
  auto begun = server.request("POST", path, "{}");
  return tell(server, await_end(server, std::move(begun), "verifying", what.wait_s));
}

}  // namespace stellwerk::ctl
