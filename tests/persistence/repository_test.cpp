#include "persistence/repository.hpp"

#include <gtest/gtest.h>

namespace stellwerk {
namespace {

struct lamp {
  std::string colour = "white";
  std::uint32_t watts = 5;
};
BOOST_DESCRIBE_STRUCT(lamp, (), (colour, watts))
constexpr repository<lamp> lamps{"lamp"};

TEST(repository_test, reads_what_it_wrote) {
  auto put = lamps.put("hall", {"red", 7});
  auto back = lamps.decode({put.key, *put.value, 3});
  ASSERT_TRUE(back);
  EXPECT_EQ(back->colour, "red");
  EXPECT_EQ(back->watts, 7u);
  EXPECT_EQ(lamps.id_of({put.key, "", 1}), "hall");
}

TEST(repository_test, keeps_the_default_of_a_field_that_was_not_stored) {
  auto back = lamps.decode({lamps.key("hall"), R"({"colour":"red"})", 1});
  ASSERT_TRUE(back);
  EXPECT_EQ(back->watts, 5u);
}

TEST(repository_test, names_a_record_that_it_cannot_read_for_the_log_and_not_for_clients) {
  auto back = lamps.decode({lamps.key("hall"), R"({"watts":"many"})", 1});
  ASSERT_FALSE(back);
  EXPECT_NE(render(back.error()).find("lamp/hall: watts"), std::string::npos);
  EXPECT_EQ(refusal_of(back.error()).code, errc::internal);
  EXPECT_EQ(refusal_of(back.error()).detail, row_of(errc::internal).title);
}

TEST(repository_test, makes_changes_and_expectations_of_its_kind) {
  EXPECT_EQ(lamps.prefix(), std::string("lamp\0", 5));
  EXPECT_FALSE(lamps.erase("hall").value);
  EXPECT_EQ(lamps.absent("hall").revision, 0u);
  EXPECT_EQ(lamps.unchanged("hall", 9).revision, 9u);
  EXPECT_EQ(lamps.unchanged("hall", 9).key, lamps.key("hall"));
}

TEST(once_of, is_the_callers_key_if_there_is_one) {
  call_context context;
  context.caller = std::make_shared<principal>(principal{principal_kind::user, "7"});
  context.route = "createDevice";
  context.body_hash = "abc";
  auto shared = [&] { return std::make_shared<const call_context>(context); };
  EXPECT_FALSE(once_of(nullptr, "id"));
  EXPECT_FALSE(once_of(shared(), "id"));
  context.idempotency_key = "k";
  auto once = once_of(shared(), "id");
  ASSERT_TRUE(once);
  EXPECT_EQ(once->principal, "user/7");
  EXPECT_EQ(once->route, "createDevice");
  EXPECT_EQ(once->key, "k");
  EXPECT_EQ(once->body_hash, "abc");
  EXPECT_EQ(once->answer_id, "id");
}

}  // namespace
}  // namespace stellwerk
