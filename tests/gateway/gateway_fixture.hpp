#pragma once

// What the gateway's tests share: fake actors behind real handles, users with tokens, a desk
// without sockets.

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/json/parse.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "actors/access/token.hpp"
#include "gateway/serve.hpp"
#include "gateway/services.hpp"
#include "monitoring/metered.hpp"

namespace stellwerk::gateway {

using namespace std::chrono_literals;

/// What the fake actors saw and how they are to answer; shared with their threads.
struct plant {
  static constexpr std::size_t asked_max = 10'000;
  std::mutex gate;
  std::vector<std::string> asked;    // names of request structs, in order
  std::vector<std::uint32_t> costs;  // of what the limiter passed
  std::vector<std::string> account_keys;
  int grants = 1'000'000;
  caf::error next_error;  // answered once
  command_status outcome = command_status::verified;
  bool loses_outcomes = false;
  context_ptr last_context;
  samples stored;
  read_series last_series;
  std::vector<std::string> export_pieces = {""};
  int exports_begun = 0;
  std::size_t pieces_told = 0;  // of an export of the journal, behind the first
  export_range last_range;
  std::shared_ptr<char> any = std::make_shared<char>();
  journal_export_ptr export_run{any, reinterpret_cast<journal_export*>(any.get())};  // not null
  std::vector<journal_entry> journal;
  std::vector<fanout_actor> fanouts;

  /// Takes note of `what`; an error if one is due.
  template <class Request>
  caf::error note(const char* name, const Request& what) {
    std::lock_guard lock{gate};
    if (asked.size() < asked_max) asked.emplace_back(name);
    if constexpr (requires { what.context; }) last_context = what.context;
    return std::exchange(next_error, {});
  }
};
using plant_ptr = std::shared_ptr<plant>;

limiter_actor::behavior_type fake_limiter(limiter_actor::pointer self, plant_ptr p);
log_in_actor::behavior_type fake_accounts(log_in_actor::pointer self, plant_ptr p);
devices_actor::behavior_type fake_devices(devices_actor::pointer self, plant_ptr p);
sample_store_actor::behavior_type fake_historian(sample_store_actor::pointer self, plant_ptr p);
sample_range_actor::behavior_type fake_history(sample_range_actor::pointer self, plant_ptr p);
journal_actor::behavior_type fake_journal(journal_actor::pointer self, plant_ptr p);
backups_keeper::behavior_type fake_backups(backups_keeper::pointer self, plant_ptr p);
streams_actor::behavior_type fake_streams(streams_actor::pointer self, plant_ptr p);

/// A node of fakes: users ada (admin), vic (viewer) and ops (operator of device `dev-1` only), two
/// channels `tank-1/level` and `tank-2/level`.
class gateway_fixture : public testing::Test {
 protected:
  gateway_fixture();
  void TearDown() override;

  /// A token of user `name`, valid for `lifetime_s` more seconds.
  std::string token(const std::string& name, std::int64_t lifetime_s = 1800);
  void add_user(const std::string& name, const std::string& role, const std::string& scope = "*");
  void add_channel(const std::string& name, std::uint32_t series, const std::string& device_id);

  std::int64_t now_s() const { return wall->time_since_epoch().count() / 1000; }

  std::shared_ptr<wall_time> wall =
      std::make_shared<wall_time>(std::chrono::seconds{1'800'000'000});
  std::atomic<int> reads_until_the_clock_fails = 0;  // once, with an exception
  instruments tools;
  std::optional<caf_config> config;
  std::optional<caf::actor_system> sys;
  plant_ptr seen = std::make_shared<plant>();
  std::map<std::string, std::string> user_ids;
  token_claims last_claims;  // of the last token that was made
  std::optional<services> node;
  gateway_options options;
};

/// A desk on a thread of the test's own: requests in, answers out.
class desk_fixture : public gateway_fixture {
 protected:
  void SetUp() override;
  void TearDown() override;

  http_request request(http_method method, std::string target, std::string as = {});
  http_answer send(const http_request& what, std::string body = {});
  http_answer get(std::string target, std::string as = "ada") {
    return send(request(http_method::get, std::move(target), std::move(as)));
  }
  http_answer post(std::string target, std::string body, std::string as = "ada") {
    return send(request(http_method::post, std::move(target), std::move(as)), std::move(body));
  }
  static std::string code_of(const http_answer& answer);
  static std::string field_of(const http_answer& answer, std::string_view name);

  net::io_context io{1};
  std::optional<reply_port> port;
  std::optional<request_desk> desk;
};

}  // namespace stellwerk::gateway
