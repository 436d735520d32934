#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/field/devices.hpp"
#include "actors/model/ids.hpp"
#include "tests/actor_test.hpp"

namespace stellwerk {

/// What a store holds, and how it is to behave; outlives its actors, as a disk would.
struct memory_store {
  struct stored {
    std::string value;
    std::uint64_t revision = 0;
  };
  std::map<std::string, stored> documents;
  std::map<std::string, std::pair<std::string, std::string>> once;  // key → (body hash, answer)
  std::vector<event> events;
  std::uint64_t revision = 0;
  bool silent = false;  // takes commits and never answers, nor does them
  errc refuses{};       // every commit; 0: none

  caf::result<committed> take(const commit& what) {
    if (refuses != errc{}) return refuse(refuses);
    if (what.once) {
      auto known = once.find(what.once->key);
      if (known != once.end() && known->second.first != what.once->body_hash)
        return refuse(errc::idempotency_conflict);
      if (known != once.end()) return committed{0, 0, known->second.second};
    }
    for (auto& one : what.expectations) {
      auto found = documents.find(one.key);
      if ((found == documents.end() ? 0 : found->second.revision) != one.revision)
        return refuse(errc::stale_revision, one.key);
    }
    ++revision;
    for (auto& one : what.changes)
      if (one.value)
        documents[one.key] = {*one.value, revision};
      else
        documents.erase(one.key);
    events.insert(events.end(), what.events.begin(), what.events.end());
    if (what.once) once[what.once->key] = {what.once->body_hash, what.once->answer_id};
    return committed{revision, events.size(), {}};
  }

  stellwerk::documents read(const scan& what) const {
    stellwerk::documents found;
    auto add = [&](auto& one) {
      if (!one.first.starts_with(what.prefix)) return;
      if (!what.newest_first && one.first <= what.after) return;
      if (what.newest_first && !what.after.empty() && one.first >= what.after) return;
      if (found.items.size() == what.limit) return void(found.more = true);
      found.items.push_back({one.first, one.second.value, one.second.revision});
    };
    if (what.newest_first)
      std::for_each(documents.rbegin(), documents.rend(), add);
    else
      std::for_each(documents.begin(), documents.end(), add);
    return found;
  }

  std::vector<std::string> told(std::string_view prefix) const {
    std::vector<std::string> names;
    for (auto& one : events)
      if (name_of(one.type).starts_with(prefix))
        names.push_back(std::string{name_of(one.type)} + ' ' + one.subject);
    return names;
  }
};

/// A line that does what the test says, and all that was asked of it.
struct fake_line {
  std::map<std::string, serve_unit> served;  // by device id
  std::vector<std::string> dropped;
  std::vector<write_point> writes;
  bool answers = true;  // acknowledges each write and reads back what was written
  std::size_t spawned = 0;
};
using fake_bus_actor =
    bus_actor::extend<caf::reacts_to<bus_results>, caf::reacts_to<write_outcome>>;

inline fake_bus_actor::behavior_type fake_bus(std::shared_ptr<fake_line> line) {
  ++line->spawned;
  return {
      [=](const serve_unit& unit) { line->served[unit.device_id] = unit; },
      [=](const drop_unit& unit) {
        line->served.erase(unit.device_id);
        line->dropped.push_back(unit.device_id);
      },
      [=](const write_point& what) {
        line->writes.push_back(what);
        if (!line->answers) return;
        write_outcome done{what.command_id, what.device_id, !what.only_read, "", "", {}};
        if (what.read_back) done.read_back = what.what;
        caf::anon_send(what.listener, std::move(done));
      },
      [=](const bus_results& seen) {
        for (auto& [id, unit] : line->served) caf::anon_send(unit.listener, seen);
      },
      [=](const write_outcome& done) {
        if (line->served.contains(done.device_id))
          caf::anon_send(line->served.at(done.device_id).listener, done);
      },
  };
}

/// A field with a store in memory, a history that remembers, and lines that the test moves.
class field_site : public actor_test {
 protected:
  field_site() {
    here_ = this;
    spawn_around();
  }
  ~field_site() override { here_ = nullptr; }

  static constexpr const char* tank = R"({"name":"tank-1","driver":"fake","tags":["hall-a"],
      "settings":{"line":"a"},"channels":[
      {"name":"level","type":"float","poll_ms":1000},
      {"name":"setpoint","direction":"both","type":"float","min":0,"max":95},
      {"name":"step","direction":"out","type":"int","order":"queue"},
      {"name":"pump","direction":"both","type":"bool","verify":false}]})";

  void start(std::span<const driver> with = fakes_) {
    devices = spawn_devices(sys, {store, reader, history, names, "main", {with, {}}, tools});
    settle();
  }
  /// As kill -9 does: nothing is told, all memory is gone; the store stays.
  void crash() {
    for (auto& one : {caf::actor_cast<caf::actor>(devices)})
      caf::anon_send_exit(one, caf::exit_reason::kill);
    settle();
  }
  void TearDown() override {
    caf::anon_send_exit(devices, caf::exit_reason::user_shutdown);
    settle();
    devices = devices_actor{};
    store = store_actor{};
    reader = store_reader_actor{};
    history = historian_actor{};
    buses.clear();
    for (auto& [key, line] : lines) line->served.clear();
    actor_test::TearDown();
  }

  static context_ptr as(std::string_view role, std::string scope = "*", std::string key = {}) {
    auto made = std::make_shared<call_context>();
    made->kind = principal_kind::user;
    made->principal_id = "u-1";
    made->principal_name = std::string{role};
    made->given = {{permissions_of(role), std::move(scope)}};
    made->idempotency_key = std::move(key);
    made->route = "test";
    return made;
  }
  static context_ptr matching(std::uint64_t revision) {
    auto made = *as("admin");
    made.if_match = revision;
    return std::make_shared<const call_context>(std::move(made));
  }
  static device_fields fields_of(const std::string& body) {
    device_fields made;
    for (auto& wrong : json::decode(body, made)) ADD_FAILURE() << wrong.path << wrong.message;
    return made;
  }
  caf::expected<device_view> create(const std::string& body, context_ptr by = as("admin")) {
    return ask<device_view>(devices, create_device{by, {fields_of(body)}});
  }
  caf::expected<device_view> patch(
      const std::string& device, const std::string& with, context_ptr by = as("admin")
  ) {
    return ask<device_view>(devices, change_device{by, device, {with}});
  }
  caf::expected<device_view> read(const std::string& device, context_ptr by = as("admin")) {
    return ask<device_view>(devices, read_device{by, device});
  }
  caf::expected<device_page> list(list_devices what = {}, context_ptr by = as("viewer")) {
    what.context = std::move(by);
    return ask<device_page>(devices, what);
  }
  caf::expected<command_record> command(
      const std::string& channel, value what, std::uint32_t within_ms = 10'000,
      context_ptr by = as("operator")
  ) {
    auto within = bounded<std::uint32_t, 100, 86'400'000>::clamped(within_ms);
    return ask<command_record>(devices, send_command{by, "tank-1", channel, what, within, {}});
  }
  caf::expected<command_record> look(const std::string& id, std::uint32_t within_ms = 0) {
    return ask<command_record>(devices, await_outcome{as("admin"), id, within_ms});
  }

  /// The line of all devices with `"line": key`.
  fake_line& line(const std::string& key = "a") {
    auto& made = lines[key];
    if (!made) made = std::make_shared<fake_line>();
    return *made;
  }
  void report(link_state state, std::string why = {}, const std::string& key = "a") {
    bus_results seen;
    for (auto& [id, unit] : line(key).served) seen.reports.push_back({id, {state, *wall, why, {}}});
    caf::anon_send(buses.at(key), seen);
    settle();
  }
  void push(samples items, const std::string& key = "a") {
    caf::anon_send(buses.at(key), bus_results{std::move(items), {}});
    settle();
  }
  void tell_outcome(write_outcome what, const std::string& key = "a") {
    caf::anon_send(buses.at(key), std::move(what));
    settle();
  }

  std::shared_ptr<memory_store> disk = std::make_shared<memory_store>();
  std::shared_ptr<samples> recorded = std::make_shared<samples>();
  name_table_ptr names = std::make_shared<name_table>();
  std::map<std::string, std::shared_ptr<fake_line>> lines;
  std::map<std::string, fake_bus_actor> buses;
  store_actor store;
  store_reader_actor reader;
  historian_actor history;
  devices_actor devices;

 private:
  void spawn_around() {
    using flush = caf::atom_constant<caf::atom("flush")>;
    store = spawn([at = disk](store_actor::pointer self) -> store_actor::behavior_type {
      return {
          [=](const commit& what) -> caf::result<committed> {
            if (at->silent) return self->make_response_promise<committed>();
            return at->take(what);
          },
          [](const follow_journal&) {}, [](flush) {}};
    });
    reader = spawn([at = disk]() -> store_reader_actor::behavior_type {
      return {
          [=](const scan& what) { return at->read(what); },
          [](const query_journal&) { return journal_page{}; },
          [](const read_journal&) { return journal_slice{}; },
          [](const read_verdict&) { return journal_verdict{}; }};
    });
    history = spawn([all = recorded]() -> historian_actor::behavior_type {
      return {
          [](const append_samples&) { return post_answer{}; },
          [=](const record_samples& what) {
            all->insert(all->end(), what.items.begin(), what.items.end());
          },
          [=](const read_latest& what) {
            latest_values known;
            for (auto series : what.series)
              for (auto one = all->rbegin(); one != all->rend(); ++one)
                if (one->series == series) {
                  known.items.push_back(*one);
                  break;
                }
            return known;
          },
          [](const follow_samples&) {}, [](flush) {}};
    });
  }

  static std::string line_key(const json_text& settings) {
    problem why;
    auto read = json::parse(settings.text, why);
    auto* key = read ? read->as_object().if_contains("line") : nullptr;
    return key != nullptr ? std::string{key->as_string().c_str()} : "a";
  }
  static bus_actor spawn_bus(
      caf::actor_system& system, const json_text& settings, const field_options& /*options*/,
      const instruments& /*tell*/
  ) {
    auto key = line_key(settings);
    here_->line(key);
    auto made = system.spawn(fake_bus, here_->lines.at(key));
    here_->buses[key] = made;
    return made;
  }
  static inline field_site* here_ = nullptr;
  static inline const std::vector<driver> fakes_ = [] {
    driver fake{};
    fake.name = "fake";
    fake.line_key = line_key;
    fake.spawn = spawn_bus;
    driver external{};
    external.name = "external";
    external.pushed = true;
    return std::vector{fake, external};
  }();
};

}  // namespace stellwerk
