#pragma once

#include <fstream>

#include "actors/access/accounts.hpp"
#include "actors/access/authenticator.hpp"
#include "actors/access/password_hash.hpp"
#include "tests/actor_test.hpp"
#include "tests/actors/access/memory_store.hpp"
#include "tests/temporary_folder.hpp"

namespace stellwerk {

/// Accounts on a store in memory, with a hasher at the lowest cost and virtual time.
class accounts_stage : public actor_test {
 protected:
  void open() {
    disk = std::make_shared<memory_disk>();
    start();
  }
  void start() {
    around.store = spawn(memory_store, disk);
    around.reader = spawn(memory_reader, disk);
    around.hashers = {spawn(hasher)};
    around.keys = derive_token_keys(secret{std::string_view{"a secret of thirty-two bytes or so"}});
    around.access = std::make_shared<access_table>();
    around.tools = tools;
    aut = spawn(accounts, options, around);
    settle();
    door.emplace(around.keys, access_rule(options.auth, options.issuer), around.access, tools);
  }
  void stop(caf::exit_reason how = caf::exit_reason::kill) {
    door.reset();
    for (auto& one :
         {caf::actor_cast<caf::actor>(aut), caf::actor_cast<caf::actor>(around.store),
          caf::actor_cast<caf::actor>(around.reader),
          caf::actor_cast<caf::actor>(around.hashers.at(0))})
      caf::anon_send_exit(one, how);
    settle();
    aut = nullptr;
    around = {};
  }
  void TearDown() override {
    if (aut) stop();
    actor_test::TearDown();
  }

  context_ptr from(std::string address, std::string idempotency_key = "") const {
    auto made = std::make_shared<call_context>();
    made->address = std::move(address);
    made->idempotency_key = std::move(idempotency_key);
    return made;
  }

  std::string setup_token_text() const {
    std::ifstream in{options.setup_file};
    std::string text;
    std::getline(in, text);
    return text;
  }
  caf::expected<token_pair> set_up(std::string token, std::string password = good_password) {
    return ask<token_pair>(
        aut,
        complete_setup{
            from("127.0.0.1"), std::move(token), "ada", std::move(password), "ada@example.com"}
    );
  }
  /// The first administrator, who can then log in.
  token_pair set_up() {
    auto got = set_up(setup_token_text());
    EXPECT_TRUE(got) << render(got.error());
    return got ? *got : token_pair{};
  }
  caf::expected<token_pair> enter(
      std::string name, std::string password, std::string address = "10.0.0.1"
  ) {
    return ask<token_pair>(
        aut, log_in{from(std::move(address)), std::move(name), "", std::move(password)}
    );
  }
  token_pair enter() {
    auto got = enter("ada", good_password);
    EXPECT_TRUE(got) << render(got.error());
    return got ? *got : token_pair{};
  }
  caf::expected<token_pair> renew(const token_pair& shown, std::string idempotency_key = "") {
    return ask<token_pair>(
        aut, refresh_login{from("10.0.0.1", std::move(idempotency_key)), shown.refresh_token}
    );
  }
  caf::expected<void> leave(const token_pair& shown) {
    auto context = door->check(shown.access_token).context;
    if (!context) return refuse(errc::unauthenticated);
    context->address = "10.0.0.1";
    return ask<void>(aut, log_out{context});
  }
  bool lets_in(const token_pair& shown) {
    return door->check(shown.access_token).why == token_refusal::none;
  }
  template <class T>
  static errc code_of(const caf::expected<T>& got) {
    return got ? errc{} : refusal_of(got.error()).code;
  }
  std::size_t journaled(event_type type) const {
    return static_cast<std::size_t>(std::ranges::count(disk->events, type, &event::type));
  }

  static constexpr auto good_password = "gleis-7-kreuzung";
  temporary_folder folder;
  accounts_options options{"site-1", {}, 4, folder.path() / "setup.token", false};
  std::shared_ptr<memory_disk> disk;
  accounts_surroundings around;
  accounts_actor aut;
  std::optional<authenticator> door;
};

}  // namespace stellwerk
