#include "nodes/node.hpp"

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <fstream>

#include "actors/access/accounts.hpp"
#include "actors/access/hasher.hpp"
#include "actors/history/historian.hpp"
#include "actors/history/streams.hpp"
#include "actors/model/ids.hpp"
#include "monitoring/clock.hpp"
#include "nodes/demo.hpp"
#include "persistence/backups.hpp"
#include "persistence/private_file.hpp"
#include "persistence/rocksdb_store.hpp"
#include "persistence/sample_database.hpp"
#include "persistence/store_database.hpp"
#include "persistence/store_reader.hpp"

namespace stellwerk {

namespace {

using namespace std::chrono_literals;
namespace fs = std::filesystem;

constexpr std::size_t shard_keys_min = 1'000;  // with fewer, callers would be forgotten in turn
constexpr auto load_within = 60s;
constexpr auto look_again = 2ms;

/// Which installation signed a token: made at the first start.
std::string installation_id(const fs::path& folder) {
  auto file = folder / "installation.id";
  if (!fs::exists(file)) write_private_file(file, uuid_v4() + '\n');
  std::string id;
  std::getline(std::ifstream{file}, id);
  if (!is_uuid(id))
    throw std::runtime_error(
        file.string() +
        ": is damaged or cannot be written: restore it, or remove it to end "
        "every log-in"
    );
  return id;
}

limiter_shards spawn_limiters(
    caf::actor_system& system, const limit_options& options, std::size_t count,
    const metrics_ptr& numbers
) {
  count = std::clamp<std::size_t>(options.keys_max / shard_keys_min, 1, count);
  limiter_shards shards;
  for (std::size_t i = 0; i < count; ++i)
    shards.all.push_back(system.spawn(limiter, options, count, numbers));
  return shards;
}

std::pair<store_actor, store_reader_actor> spawn_store(
    caf::actor_system& system, const database_ptr& db, const node_options& options,
    const export_seal& seal, const instruments& tools
) {
  store_options made;
  made.site = options.site;
  made.disk = options.disk;
  made.journal = options.journal;
  made.key = seal.key;
  store_actor store = system.spawn<caf::detached>(rocksdb_store, db, std::move(made), tools);
  return {store, system.spawn<caf::detached>(store_reader, db, seal, store, tools)};
}

/// What the journal is signed with: another secret is another key.
export_seal seal_of(const secret& signing, const std::string& site, const std::string& issuer) {
  auto seed = derive_key(signing, "stellwerk audit anchor");
  return {std::make_shared<const signing_key>(seed.reveal()), site, issuer};
}

/// What the node itself may do: everything.
context_ptr own_context() {
  principal node_itself;
  node_itself.kind = principal_kind::node;
  node_itself.given = {{permissions_of("admin"), "*"}};
  auto context = std::make_shared<call_context>();
  context->caller = std::make_shared<const principal>(std::move(node_itself));
  context->cause = "demo";
  return context;
}

template <class Answer, class Actor, class Request>
Answer ask_or_throw(caf::scoped_actor& self, const Actor& whom, Request what, const char* part) {
  std::optional<Answer> got;
  std::string why;
  self->request(whom, load_within, std::move(what))
      .receive(
          [&](Answer& answer) { got = std::move(answer); },
          [&](caf::error& error) { why = render(error); }
      );
  if (!got) throw part_not_ready(std::string{part} + " did not get ready: " + why);
  return std::move(*got);
}

field_readiness await_field(caf::scoped_actor& self, const devices_actor& field) {
  for (auto end = meter_now() + load_within; meter_now() < end;) {
    auto told =
        ask_or_throw<field_readiness>(self, field, read_readiness{own_context()}, "devices");
    if (told.loaded) return told;
    self->receive(caf::after(look_again) >> [] {});
  }
  throw part_not_ready("devices did not get ready in time");
}

}  // namespace

std::string setup_token_file(const node_options& options) {
  return (fs::path{options.data_dir} / "setup.token").string();
}

static accounts_options accounts_options_of(
    const node_options& options, const std::string& issuer, bool demo
) {
  accounts_options made;
  made.issuer = issuer;
  made.auth = options.auth.tokens.fields;
  made.hash_cost = decltype(made.hash_cost)::clamped(options.auth.bcrypt_cost);
  made.setup_file = setup_token_file(options);
  made.demo = demo;
  return made;
}

/// For one thread.
static class_words words_of(const name_table_ptr& names) {
  auto look = std::make_shared<published<named_series>::reader>(names->by_series);
  return [names, look](std::uint32_t series) -> std::optional<std::string> {
    auto* known = look->find(std::to_string(series));
    if (known == nullptr) return {};
    return known->retention_class;
  };
}

static history_keeping keeping_of(
    const node_options& options, const database_ptr& history, const name_table_ptr& names,
    const store_actor& store, const compactor_actor& compactor
) {
  auto size = disk_bytes(options.data_dir);
  auto& backups = options.backup.folder;
  auto shared = backups.empty() || same_disk(backups, options.data_dir);
  auto most = shared ? size / 10 * 4 : size / 10 * 9;
  return {
      std::make_shared<sample_retention>(history, words_of(names)), rule_of(options.history, most),
      store, compactor};
}

struct databases {
  database_ptr history;
  database_ptr store;
};
static backups_surroundings kept_of(
    const node_options& options, const databases& dbs, const store_actor& store,
    const instruments& tools, const run_facts& facts
) {
  return {options.backup, options.site, options.data_dir,    dbs.history,     dbs.store,
          store,          tools,        facts.configuration, facts.backup_key};
}

node build_node(
    caf::actor_system& system, const node_options& options, run_facts facts, instruments tools
) {
  fs::path folder = options.data_dir;
  auto store_db = open_store(folder);
  auto history_db = open_history(folder);
  auto writer =
      std::make_shared<sample_writer>(history_db, limits_of(options.history, options.disk));
  auto issuer = installation_id(folder);
  auto keys = derive_token_keys(facts.signing);
  auto access = std::make_shared<access_table>();
  auto names = std::make_shared<name_table>();
  auto health = std::make_shared<gateway::readiness>();
  health->demo = facts.demo;

  auto seal = seal_of(facts.signing, options.site, issuer);
  auto [store, reader] = spawn_store(system, store_db, options, seal, tools);
  auto compactor = system.spawn<caf::detached>(history_compactor, history_db, tools);
  auto keeping = keeping_of(options, history_db, names, store, compactor);
  auto measured = system.spawn<caf::detached>(historian, writer, keeping, tools);
  auto history = system.spawn<caf::detached>(history_reader, history_db, measured, store, tools);
  auto hashing = system.spawn<caf::detached>(hasher);
  auto rules = accounts_options_of(options, issuer, facts.demo);
  auto people = system.spawn(
      accounts, rules, accounts_surroundings{store, reader, {hashing}, keys, access, tools}
  );
  device_rules field_rules{drivers(), options.devices, class_names(options.history)};
  auto field =
      spawn_devices(system, {store, reader, measured, names, options.site, field_rules, tools});
  auto limiters = spawn_limiters(
      system, options.limits, gateway::io_threads_of(options.gateway), tools.numbers
  );
  auto live = system.spawn<caf::detached>(streams, measured, store, names, tools);

  auto keeper = system.spawn<caf::detached>(
      backups, kept_of(options, {history_db, store_db}, store, tools, facts)
  );
  node made;
  made.store = store;
  made.accounts = people;
  made.parents = {{"streams", caf::actor_cast<caf::actor>(live)}};
  for (auto& shard : limiters.all)
    made.parents.push_back({"limiter", caf::actor_cast<caf::actor>(shard)});
  made.parents.push_back({"backups", caf::actor_cast<caf::actor>(keeper)});
  made.parents.push_back({"devices", caf::actor_cast<caf::actor>(field)});
  made.parents.push_back({"accounts", caf::actor_cast<caf::actor>(people)});
  made.parents.push_back({"hasher", caf::actor_cast<caf::actor>(hashing)});
  made.parents.push_back({"history reader", caf::actor_cast<caf::actor>(history)});
  made.parents.push_back({"historian", caf::actor_cast<caf::actor>(measured)});
  made.parents.push_back({"history compactor", caf::actor_cast<caf::actor>(compactor)});
  made.parents.push_back({"store reader", caf::actor_cast<caf::actor>(reader)});
  made.parents.push_back({"store", caf::actor_cast<caf::actor>(store)});
  made.services = std::make_shared<gateway::services>(gateway::services{
      .system = system,
      .tools = tools,
      .site = options.site,
      .health = health,
      .access = access,
      .keys = keys,
      .rule = access_rule(rules.auth, issuer),
      .names = names,
      .limiters = limiters,
      .accounts = people,
      .devices = field,
      .historian = measured,
      .history = history,
      .journal = reader,
      .streams = live,
      .backups = keeper});
  return made;
}

bool load_node(caf::actor_system& system, const node& built, bool demo) {
  caf::scoped_actor self{system, true};
  auto& all = *built.services;
  auto people = ask_or_throw<await_accounts>(self, built.accounts, await_accounts{}, "accounts");
  auto field = await_field(self, all.devices);
  if (demo && field.devices == 0)
    for (auto& one : demo_devices())
      ask_or_throw<device_view>(
          self, all.devices, create_device{own_context(), {std::move(one)}}, "the demo's devices"
      );
  return !people.setup_required;
}

}  // namespace stellwerk
