#include <gtest/gtest.h>

#include <caf/sec.hpp>
#include <set>

#include "actors/model/error.hpp"
#include "actors/model/events.hpp"
#include "actors/model/ids.hpp"
#include "actors/model/journal_queries.hpp"
#include "actors/model/permissions.hpp"
#include "actors/model/time.hpp"
#include "actors/model/value.hpp"

namespace stellwerk {
namespace {

using namespace std::chrono_literals;

TEST(time_test, reads_rfc_3339_with_any_offset) {
  struct row {
    const char* in;
    const char* out;
  };
  for (auto& [in, out] : {
           row{"2026-11-21T10:00:00Z", "2026-11-21T10:00:00.000Z"},
           row{"2026-11-21t10:00:00.5z", "2026-11-21T10:00:00.500Z"},
           row{"2026-11-21T12:30:00.123456789+02:30", "2026-11-21T10:00:00.123Z"},
           row{"2026-11-20T23:00:00-11:00", "2026-11-21T10:00:00.000Z"},
           row{"2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"},
           row{"2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999Z"},
           row{"1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"},
       }) {
    auto when = time_from(in);
    ASSERT_TRUE(when) << in;
    EXPECT_EQ(to_text(*when), out);
  }
}

TEST(time_test, refuses_what_is_no_time) {
  for (auto* in :
       {"", "2026-11-21", "2026-11-21T10:00:00", "2026-11-21 10:00:00Z", "2026-13-01T00:00:00Z",
        "2025-02-29T00:00:00Z", "2026-11-21T24:00:00Z", "2026-11-21T10:60:00Z",
        "2026-11-21T10:00:61Z", "2026-11-21T10:00:00.Z", "2026-11-21T10:00:00.1234567890Z",
        "2026-11-21T10:00:00+24:00", "2026-11-21T10:00:00Zx", "26-11-21T10:00:00Z"})
    EXPECT_FALSE(time_from(in)) << in;
}

TEST(value_test, converts_only_without_loss) {
  EXPECT_EQ(converted(value{3}, value_type::float_), value{3.0});
  EXPECT_EQ(converted(value{std::int64_t{1} << 53}, value_type::float_), value{0x1p53});
  EXPECT_TRUE(converted(value{(std::int64_t{1} << 53) + 1}, value_type::float_).empty());
  EXPECT_EQ(converted(value{3.0}, value_type::int_), value{3});
  EXPECT_TRUE(converted(value{3.5}, value_type::int_).empty());
  EXPECT_TRUE(converted(value{1e300}, value_type::int_).empty());
  EXPECT_TRUE(converted(value{true}, value_type::float_).empty());
  EXPECT_TRUE(converted(value{1}, value_type::bool_).empty());
  EXPECT_EQ(converted(value{"x"}, value_type::string_), value{"x"});
}

TEST(ids_test, are_unique_well_formed_and_v7_is_ordered_by_time) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    auto id = uuid_v4();
    EXPECT_TRUE(is_uuid(id)) << id;
    EXPECT_EQ(id[14], '4');
    EXPECT_TRUE(seen.insert(id).second);
  }
  auto early = uuid_v7(wall_time{1000ms});
  auto late = uuid_v7(wall_time{1001ms});
  EXPECT_LT(early, late);
  EXPECT_EQ(early[14], '7');
  EXPECT_FALSE(is_uuid("pump-1"));
  EXPECT_FALSE(is_uuid("0000000g-0000-4000-8000-000000000000"));
  EXPECT_EQ(to_base64url("\xff\xfe\xfd?"), "__79Pw");
}

TEST(error_test, tells_clients_the_row_and_never_the_inside) {
  auto told = refusal_of(caf::make_error(caf::sec::runtime_error, "secret inside"));
  EXPECT_EQ(told.code, errc::internal);
  EXPECT_EQ(told.detail, "Unexpected failure");
  told = refusal_of(refuse(errc::invalid, problems{{"a.b", "required", "is missing", "a value"}}));
  EXPECT_EQ(told.errors.at(0).path, "a.b");
  EXPECT_EQ(row_of(told.code).status, 422);
  EXPECT_EQ(refusal_of(refuse(errc::busy, "later")).detail, "later");
  EXPECT_TRUE(is(refuse(errc::busy, "x"), errc::busy));
  EXPECT_EQ(render(refuse(errc::not_found, "pump")), "not_found: pump");
}

TEST(error_test, gives_every_code_a_name_of_its_own) {
  std::set<std::string_view> names;
  for (auto& row : errc_table) EXPECT_TRUE(names.insert(row.name).second) << row.name;
}

TEST(permissions_test, hold_only_inside_their_scope) {
  std::vector<std::string> tags{"hall-2"};
  scope_target pump{"north", "id-1", &tags};
  auto may = [&](std::string scope) {
    return allowed({{permissions_of("operator"), scope}}, permission::device_command, pump);
  };
  EXPECT_TRUE(may("*"));
  EXPECT_TRUE(may("site:north"));
  EXPECT_TRUE(may("device:id-1"));
  EXPECT_TRUE(may("tag:hall-2"));
  for (auto* other : {"", "site:", "site:south", "device:id-2", "tag:hall", "tag:", "project:x"})
    EXPECT_FALSE(may(other)) << other;
  EXPECT_FALSE(allowed({{permissions_of("viewer"), "*"}}, permission::device_command));
  EXPECT_TRUE(permissions_of("owner").none());
  EXPECT_TRUE(permissions_of("admin").all());
}

TEST(pattern_test, lets_a_star_stand_for_any_run) {
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("reactor/*", "reactor/temp"));
  EXPECT_TRUE(matches("*/temp*", "a/temperature"));
  EXPECT_TRUE(matches("a*b*c", "axxbyybzc"));
  EXPECT_FALSE(matches("reactor/*", "reactor2/temp"));
  EXPECT_FALSE(matches("", "a"));
  EXPECT_FALSE(matches("a*b", "ac"));
  EXPECT_FALSE(matches(std::string(50, '*') + 'b', std::string(1000, 'a')));
}

TEST(event_test, names_who_did_it) {
  auto context = std::make_shared<call_context>();
  context->caller = std::make_shared<principal>(principal{principal_kind::user, "7", "ada"});
  context->address = "127.0.0.1";
  auto made = make_event(event_type::device_created, "device/pump", context);
  EXPECT_EQ(made.actor.principal, "user/7");
  EXPECT_EQ(make_event(event_type::node_started, "north", nullptr).actor.principal, "node");
  EXPECT_EQ(event_row_of("command.sent")->type, event_type::command_sent);
  EXPECT_EQ(event_row_of("no.such"), nullptr);
}

}  // namespace
}  // namespace stellwerk
