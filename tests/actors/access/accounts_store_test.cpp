#include <fstream>

#include "actors/access/accounts.hpp"
#include "actors/access/authenticator.hpp"
#include "tests/persistence/store_stage.hpp"

namespace stellwerk {
namespace {

/// Accounts on the real store: what was answered is there after both were killed.
struct accounts_store_test : store_stage {
  accounts_options options{"site-1", {}, 4, folder.path() / "setup.token", false};
  token_keys keys =
      derive_token_keys(secret{std::string_view{"a secret of thirty-two bytes or so"}});
  access_table_ptr access;
  accounts_actor aut;

  void start() {
    open();
    access = std::make_shared<access_table>();
    accounts_surroundings around{store, reader, {spawn(hasher)}, keys, access, tools};
    aut = spawn(accounts, options, std::move(around));
    settle();
    ASSERT_TRUE(ask<await_accounts>(aut, await_accounts{}));
  }
  void kill() {
    caf::anon_send_exit(aut, caf::exit_reason::kill);
    settle();
    aut = nullptr;
    close(caf::exit_reason::kill);
  }
  void TearDown() override {
    if (aut) kill();
    store_stage::TearDown();
  }
  token_refusal shown(const token_pair& pair) {
    authenticator door{keys, access_rule(options.auth, options.issuer), access, tools};
    return door.check(pair.access_token).why;
  }
};

TEST_F(accounts_store_test, keeps_users_log_ins_and_revocations_over_a_crash) {
  start();
  std::ifstream file{options.setup_file};
  std::string token;
  std::getline(file, token);
  auto nobody = std::make_shared<call_context>();
  nobody->address = "127.0.0.1";
  complete_setup first{nobody, token, "ada", "gleis-7-kreuzung", ""};
  auto ended = ask<token_pair>(aut, first);
  ASSERT_TRUE(ended) << render(ended.error());
  auto live = ask<token_pair>(aut, log_in{nobody, "ada", "", "gleis-7-kreuzung"});
  ASSERT_TRUE(live) << render(live.error());
  {
    authenticator door{keys, access_rule(options.auth, options.issuer), access, tools};
    ASSERT_TRUE(ask<void>(aut, log_out{door.check(ended->access_token).context}));
  }
  kill();

  start();
  EXPECT_TRUE(access->administrator);
  EXPECT_EQ(shown(*ended), token_refusal::revoked);
  EXPECT_EQ(shown(*live), token_refusal::none);
  EXPECT_TRUE(ask<token_pair>(aut, refresh_login{nobody, live->refresh_token}));
  EXPECT_FALSE(ask<token_pair>(aut, refresh_login{nobody, ended->refresh_token}));
  std::vector<std::string> told;
  for (auto& one : journal()) told.push_back(one.type);
  std::vector<std::string> wanted{"auth.setup.completed", "auth.login.succeeded", "auth.logout"};
  EXPECT_EQ(told, wanted);
}

}  // namespace
}  // namespace stellwerk
