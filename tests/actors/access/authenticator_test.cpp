#include "actors/access/authenticator.hpp"

#include <gtest/gtest.h>

#include "actors/model/ids.hpp"

namespace stellwerk {
namespace {

constexpr std::int64_t now = 1'800'000'000;

struct authenticator_test : testing::Test {
  std::shared_ptr<wall_time> wall = std::make_shared<wall_time>(std::chrono::seconds{now});
  instruments tools = [this] {
    auto m = std::make_shared<metrics>();
    wall_clock reads = [at = wall] { return *at; };
    return instruments{m, std::make_shared<log>(m, reads, severity::error), reads};
  }();
  token_keys keys =
      derive_token_keys(secret{std::string_view{"of more than thirty-two bytes, so"}});
  access_table_ptr table = std::make_shared<access_table>();
  token_mac mac{keys.access};
  authenticator aut{keys, {token_type::access, "site-1", 1800}, table, tools};
  token_claims claims{"site-1",  "stellwerk", token_type::access, uuid_v4(), uuid_v4(),
                      uuid_v4(), {now},       {now + 1800}};
  access_user ada{
      "ada", "ada@example.com", {{"viewer", "*"}}, {{permissions_of("viewer"), "*"}}, true, 0};

  token_refusal why() { return aut.check(sign_token(mac, claims)).why; }
};

TEST_F(authenticator_test, makes_a_context_of_a_good_token_with_the_rights_of_today) {
  table->users.put(claims.sub, ada);
  auto [context, refused] = aut.check(sign_token(mac, claims));
  ASSERT_NE(context, nullptr);
  EXPECT_EQ(refused, token_refusal::none);
  EXPECT_EQ(context->caller->kind, principal_kind::user);
  EXPECT_EQ(context->caller->id, claims.sub);
  EXPECT_EQ(context->caller->name, "ada");
  EXPECT_EQ(context->caller->token_id, claims.jti);
  EXPECT_EQ(context->caller->family_id, claims.sid);
  EXPECT_EQ(context->caller->token_expires_s, now + 1800);
  EXPECT_FALSE(allowed(context->caller->given, permission::device_command));
  ada.given = {{permissions_of("operator"), "*"}};
  table->users.put(claims.sub, ada);
  context = aut.check(sign_token(mac, claims)).context;
  ASSERT_NE(context, nullptr);
  EXPECT_TRUE(allowed(context->caller->given, permission::device_command));
}

TEST_F(authenticator_test, gives_each_request_the_rights_of_its_moment) {
  auto may_command = [](const context_ptr& context) {
    return context && allowed(context->caller->given, permission::device_command);
  };
  auto put = [&](std::string_view role) {
    ada.given = {{permissions_of(role), "*"}};
    table->users.put(claims.sub, ada);
  };
  auto first = sign_token(mac, claims);
  claims.jti = uuid_v4();
  auto second = sign_token(mac, claims);
  put("operator");
  auto before = aut.check(first).context;
  EXPECT_TRUE(may_command(before));
  EXPECT_TRUE(may_command(aut.check(second).context));
  EXPECT_EQ(aut.check(first).context->caller, before->caller);
  EXPECT_NE(aut.check(second).context->caller->token_id, before->caller->token_id);

  put("viewer");
  EXPECT_FALSE(may_command(aut.check(first).context));
  EXPECT_FALSE(may_command(aut.check(second).context));
  EXPECT_TRUE(may_command(before));  // was judged then

  auto shard = [](const std::string& id) {
    return published<access_user>::hash{}(id) % published<access_user>::shard_count;
  };
  auto neighbour = uuid_v4();
  while (shard(neighbour) != shard(claims.sub)) neighbour = uuid_v4();
  access_user other = ada;
  other.given = {{permissions_of("admin"), "*"}};
  table->users.put(neighbour, other);
  EXPECT_FALSE(may_command(aut.check(first).context));
  EXPECT_EQ(aut.check(first).context->caller->id, claims.sub);

  table->users.erase(claims.sub);
  EXPECT_EQ(aut.check(first).why, token_refusal::unknown_user);
  put("operator");
  EXPECT_TRUE(may_command(aut.check(first).context));
}

TEST_F(authenticator_test, lets_the_present_record_of_the_user_decide) {
  EXPECT_EQ(why(), token_refusal::unknown_user);
  table->users.put(claims.sub, ada);
  EXPECT_EQ(why(), token_refusal::none);
  ada.not_before_s = now;
  table->users.put(claims.sub, ada);
  EXPECT_EQ(why(), token_refusal::none);
  ada.not_before_s = now + 1;
  table->users.put(claims.sub, ada);
  EXPECT_EQ(why(), token_refusal::issued_too_early);
  ada.not_before_s = 0;
  ada.enabled = false;
  table->users.put(claims.sub, ada);
  EXPECT_EQ(why(), token_refusal::disabled_user);
  table->users.erase(claims.sub);
  EXPECT_EQ(why(), token_refusal::unknown_user);
}

TEST_F(authenticator_test, refuses_a_revoked_token_and_every_token_of_a_revoked_family) {
  table->users.put(claims.sub, ada);
  for (auto& id : {claims.jti, claims.sid}) {
    table->revoked.put(id, now + 1800);
    EXPECT_EQ(why(), token_refusal::revoked);
    table->revoked.erase(id);
    EXPECT_EQ(why(), token_refusal::none);
  }
}

TEST_F(authenticator_test, counts_each_refusal_by_its_reason) {
  EXPECT_EQ(aut.check("nonsense").why, token_refusal::malformed);
  EXPECT_EQ(why(), token_refusal::unknown_user);
  EXPECT_EQ(why(), token_refusal::unknown_user);
  EXPECT_EQ(tools.numbers->tokens_rejected.Value(), 3);
  auto& failures = tools.numbers->auth_failures;
  EXPECT_EQ(failures.Add({{"reason", "malformed"}}).Value(), 1);
  EXPECT_EQ(failures.Add({{"reason", "unknown_user"}}).Value(), 2);
}

TEST_F(authenticator_test, tells_a_user_who_he_is) {
  EXPECT_FALSE(aut.me(claims.sub));
  table->users.put(claims.sub, ada);
  auto mine = aut.me(claims.sub);
  ASSERT_TRUE(mine);
  EXPECT_EQ(mine->username, "ada");
  EXPECT_EQ(mine->email, "ada@example.com");
  ASSERT_EQ(mine->roles.size(), 1u);
  EXPECT_EQ(mine->roles[0].role, "viewer");
  std::vector<std::string> wanted{
      "device:read", "channel:read", "sample:read", "token:own", "site:read"};
  EXPECT_EQ(mine->permissions, wanted);
}

}  // namespace
}  // namespace stellwerk
