#include "tests/actors/field/field_site.hpp"

#include <algorithm>
#include <system_error>

#include "actors/model/ids.hpp"

namespace stellwerk {

namespace {

using flush = caf::atom_constant<caf::atom("flush")>;

fake_bus_actor::behavior_type fake_bus(std::shared_ptr<fake_line> line) {
  ++line->spawned;
  ++line->alive;
  std::shared_ptr<void> life{nullptr, [line](void*) { --line->alive; }};
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
      [=, life = life](const write_outcome& done) {
        if (line->served.contains(done.device_id))
          caf::anon_send(line->served.at(done.device_id).listener, done);
      },
  };
}

store_actor::behavior_type fake_store(
    store_actor::pointer self, const std::shared_ptr<memory_store>& at
) {
  return {
      [=](const commit& what) -> caf::result<committed> {
        if (at->silent) return self->make_response_promise<committed>();
        auto done = at->take(what);
        if (at->loses) return self->make_response_promise<committed>();
        return done;
      },
      [](const follow_journal&) {}, [](flush) {}};
}

store_reader_actor::behavior_type fake_reader(const std::shared_ptr<memory_store>& at) {
  return {
      [=](const scan& what) { return at->read(what); },
      [](const query_journal&) { return journal_page{}; },
      [](const read_journal&) { return journal_slice{}; },
      [](const explain_entry&) { return explanation{}; },
      [](const read_verdict&) { return journal_verdict{}; },
      [](const read_journal_keys&) { return journal_keys{}; },
      [](const export_journal&) { return journal_piece{}; }};
}

historian_actor::behavior_type fake_history(const std::shared_ptr<samples>& all) {
  return {
      [](const append_samples&) { return post_answer{}; },
      [=](const record_samples& what) {
        all->insert(all->end(), what.items.begin(), what.items.end());
      },
      [=](const read_latest& what) {
        latest_values known;
        for (auto series : what.series) {
          auto last = std::find_if(all->rbegin(), all->rend(), [=](auto& one) {
            return one.series == series;
          });
          if (last != all->rend()) known.items.push_back(*last);
        }
        return known;
      },
      [](const follow_samples&) {}, [](flush) {}};
}

std::string line_key(const json_text& settings) {
  problem why;
  auto read = json::parse(settings.text, why);
  auto* key = read ? read->as_object().if_contains("line") : nullptr;
  return key != nullptr ? std::string{key->as_string().c_str()} : "a";
}

}  // namespace

field_site::field_site() {
  here_ = this;
  store = spawn(fake_store, disk);
  reader = spawn(fake_reader, disk);
  history = spawn(fake_history, recorded);
}

field_site::~field_site() { here_ = nullptr; }

void field_site::TearDown() {
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

void field_site::start() { start(fakes()); }

void field_site::start(std::span<const driver> with) {
  devices =
      spawn_devices(sys, {store, reader, history, names, "main", {with, options, classes}, tools});
  settle();
}

void field_site::crash() {
  caf::anon_send_exit(devices, caf::exit_reason::kill);
  settle();
}

context_ptr field_site::as(std::string_view role, std::string scope, std::string key) {
  auto made = std::make_shared<call_context>();
  grants given{{permissions_of(role), std::move(scope)}};
  made->caller = std::make_shared<principal>(principal{
      principal_kind::user, "u-1", std::string{role}, std::move(given)});
  made->idempotency_key = std::move(key);
  made->route = "test";
  return made;
}

context_ptr field_site::matching(std::uint64_t revision) {
  auto made = *as("admin");
  made.if_match = revision;
  return std::make_shared<const call_context>(std::move(made));
}

device_fields field_site::fields_of(const std::string& body) {
  device_fields made;
  for (auto& wrong : json::decode(body, made)) ADD_FAILURE() << wrong.path << wrong.message;
  return made;
}

fake_line& field_site::line(const std::string& key) {
  auto& made = lines[key];
  if (!made) made = std::make_shared<fake_line>();
  return *made;
}

void field_site::report(link_state state, std::string why, const std::string& key) {
  bus_results seen;
  for (auto& [id, unit] : line(key).served) seen.reports.push_back({id, {state, *wall, why, {}}});
  caf::anon_send(buses.at(key), seen);
  settle();
}

void field_site::push(samples items, const std::string& key) {
  caf::anon_send(buses.at(key), bus_results{std::move(items), {}});
  settle();
}

void field_site::tell_outcome(write_outcome what, const std::string& key) {
  caf::anon_send(buses.at(key), std::move(what));
  settle();
}

void field_site::kill_device(const std::string& id) {
  caf::anon_send_exit(line().served.at(id).listener, caf::exit_reason::kill);
  settle();
}

void field_site::tell(const bus_listener& to, bus_results seen) {
  caf::anon_send(to, std::move(seen));
}

void field_site::tell(const bus_listener& to, write_outcome what) {
  caf::anon_send(to, std::move(what));
}

problems field_site::check_settings(const json_text& settings, const field_options& /*options*/) {
  if (here_->refused_line.empty() || line_key(settings) != here_->refused_line) return {};
  return {{"line", "invalid", "is refused", "another"}};
}

bus_actor field_site::spawn_bus(
    caf::actor_system& system, const json_text& settings, const field_options& /*options*/,
    const instruments& /*tell*/
) {
  if (here_->no_threads)
    throw std::system_error{std::make_error_code(std::errc::resource_unavailable_try_again)};
  auto key = line_key(settings);
  here_->line(key);
  auto made = system.spawn(fake_bus, here_->lines.at(key));
  here_->buses[key] = made;
  return made;
}

const std::vector<driver>& field_site::fakes() {
  static const auto made = [] {
    driver fake{};
    fake.name = "fake";
    fake.check_settings = check_settings;
    fake.line_key = line_key;
    fake.spawn = spawn_bus;
    driver external{};
    external.name = "external";
    external.pushed = true;
    return std::vector{fake, external};
  }();
  return made;
}

}  // namespace stellwerk
