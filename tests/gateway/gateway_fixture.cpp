#include "tests/gateway/gateway_fixture.hpp"

#include "actors/model/ids.hpp"

namespace stellwerk::gateway {

gateway_fixture::gateway_fixture() {
  auto numbers = std::make_shared<metrics>();
  wall_clock reads = [this] {
    if (reads_until_the_clock_fails > 0 && --reads_until_the_clock_fails == 0)
      throw std::runtime_error{"a mistake"};
    return *wall;
  };
  tools = {numbers, std::make_shared<log>(numbers, reads, severity::error), reads};
  config.emplace(numbers, 1);
  sys.emplace(*config);
  node.emplace(services{
      *sys,
      tools,
      "north",
      std::make_shared<readiness>(),
      std::make_shared<access_table>(),
      derive_token_keys(secret{std::string_view{"a secret of more than thirty-two bytes"}}),
      {token_type::access, "north", 3600},
      std::make_shared<name_table>(),
      {{sys->spawn(fake_limiter, seen), sys->spawn(fake_limiter, seen)}},
      sys->spawn(fake_accounts, seen),
      sys->spawn(fake_devices, seen),
      sys->spawn(fake_historian, seen),
      sys->spawn(fake_history, seen),
      sys->spawn(fake_journal, seen),
      sys->spawn(fake_streams, seen),
      sys->spawn(fake_backups, seen)});
  node->health->ready = true;
  add_user("ada", "admin");
  add_user("vic", "viewer");
  add_user("ops", "operator", "device:dev-1");
  add_channel("tank-1/level", 1, "dev-1");
  add_channel("tank-2/level", 2, "dev-2");
}

void gateway_fixture::TearDown() {
  auto stop = [](const auto& handle) {
    caf::anon_send_exit(handle, caf::exit_reason::user_shutdown);
  };
  for (auto& shard : node->limiters.all) stop(shard);
  stop(node->accounts);
  stop(node->devices);
  stop(node->historian);
  stop(node->history);
  stop(node->journal);
  stop(node->streams);
  stop(node->backups);
  node.reset();
  seen->fanouts.clear();
  sys->await_all_actors_done();
}

void gateway_fixture::add_user(
    const std::string& name, const std::string& role, const std::string& scope
) {
  auto id = user_ids.contains(name) ? user_ids[name] : uuid_v4();
  user_ids[name] = id;
  access_user user;
  user.name = name;
  user.roles = {{role, scope}};
  user.given = {{permissions_of(role), scope}};
  if (role == "admin") node->access->administrator = true;
  node->access->users.put(id, user);
}

void gateway_fixture::add_channel(
    const std::string& name, std::uint32_t series, const std::string& device_id
) {
  named_channel channel;
  channel.series = series;
  channel.device_id = device_id;
  channel.pushed = true;
  node->names->by_name.put(name, channel);
  node->names->by_series.put(std::to_string(series), {name, device_id, {}});
}

std::string gateway_fixture::token(const std::string& name, std::int64_t lifetime_s) {
  token_mac mac{node->keys.access};
  auto issued = now_s() - (lifetime_s < 0 ? 3000 : 0);
  token_claims claims{"north",   "stellwerk", token_type::access, user_ids[name],
                      uuid_v4(), uuid_v4(),   {issued},           {now_s() + lifetime_s}};
  last_claims = claims;
  return sign_token(mac, claims);
}

void desk_fixture::SetUp() {
  reply_port_options slots;
  slots.run_actors_here = true;
  slots.tick = 10ms;
  port.emplace(io, *sys, slots);
  desk.emplace(options, *node, *port);
}

void desk_fixture::TearDown() {
  desk.reset();
  port->close();
  port.reset();
  gateway_fixture::TearDown();
}

http_request desk_fixture::request(http_method method, std::string target, std::string as) {
  http_request made;
  made.method = method;
  made.target = std::move(target);
  made.peer = "127.0.0.1";
  made.request_id = "the-request";
  made.fields = {{"host", "localhost"}};
  if (!as.empty()) made.fields.push_back({"authorization", "Bearer " + token(as)});
  return made;
}

http_answer desk_fixture::send(const http_request& what, std::string body) {
  auto given = what;
  if (!body.empty()) {
    given.fields.push_back({"content-length", std::to_string(body.size())});
    if (given.count("content-type") == 0)
      given.fields.push_back({"content-type", "application/json"});
  }
  auto verdict = desk->judge(given);
  if (auto* at_once = std::get_if<http_answer>(&verdict)) return *at_once;
  std::optional<http_answer> answer;
  auto run = [&]() -> net::awaitable<void> {
    if (auto* wanted = std::get_if<answer_wanted>(&verdict)) {
      auto asking = wanted->run();
      answer = co_await std::move(asking);
      co_return;
    }
    auto& wanted = std::get<body_wanted>(verdict);
    std::optional<std::string> taken;
    if (body.size() <= wanted.bytes_max) taken = std::move(body);
    auto serving = wanted.run(std::move(taken));
    answer = co_await std::move(serving);
  };
  net::co_spawn(io, run, net::detached);
  io.restart();
  io.run();
  return answer.value();
}

std::string desk_fixture::code_of(const http_answer& answer) {
  if (answer.type != "application/problem+json") return {};
  return boost::json::parse(answer.body).at("code").as_string().c_str();
}

std::string desk_fixture::field_of(const http_answer& answer, std::string_view name) {
  for (auto& field : answer.fields)
    if (field.name == name) return field.value;
  return {};
}

}  // namespace stellwerk::gateway
