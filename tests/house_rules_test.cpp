#include "tests/house_rules.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace stellwerk::house {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const tree& the_tree() {
  static const auto all = read_tree(STELLWERK_SOURCE_DIR);
  return all;
}

class every_rule : public ::testing::TestWithParam<rule> {};

TEST_P(every_rule, finds_what_is_planted) {
  auto& law = GetParam();
  EXPECT_THAT(
      breaches_of(law, law.bad, the_tree()),
      AllOf(SizeIs(1), Each(HasSubstr(law.bad.path + ":1: " + law.name + ": ")))
  );
}

TEST_P(every_rule, lets_what_is_right_pass) {
  EXPECT_THAT(breaches_of(GetParam(), GetParam().good, the_tree()), IsEmpty());
}

TEST_P(every_rule, holds_in_the_whole_tree) {
  std::string broken;
  for (auto& file : the_tree())
    for (auto& line : breaches_of(GetParam(), file, the_tree())) broken += line + "\n";
  EXPECT_TRUE(broken.empty()) << broken;
}

INSTANTIATE_TEST_SUITE_P(house, every_rule, ::testing::ValuesIn(rules()), [](const auto& row) {
  return row.param.name;
});

TEST(tree, holds_the_sources_and_nothing_that_was_built) {
  EXPECT_THAT(the_tree(), Contains(Field(&source::path, "CMakeLists.txt")));
  EXPECT_THAT(the_tree(), Contains(Field(&source::path, "tests/house_rules.cpp")));
  EXPECT_THAT(the_tree(), Each(Field(&source::path, Not(HasSubstr("build/")))));
}

TEST(code, is_blank_where_comments_and_literals_are) {
  auto code =
      make_source("a.cpp", "f(\"a{\\\"}\", 'x', 1'000); // g();\n/* h\n*/ i(R\"(\"{)\");\n").code;
  EXPECT_EQ(code, "f(\"     \", ' ', 1'000);        \n    \n   i(R     \");\n");
}

struct statement {
  const char* text;
  std::size_t breaches;
};

TEST(miscompiled_awaits, are_told_from_blocks_and_named_values) {
  const std::vector<statement> table{
      {"co_await f(aggregate{1});", 1},
      {"auto x = co_await f({1});", 1},
      {"co_await f([s] { return s; });", 1},
      {"co_await f([s](int a) -> int { return a; });", 1},
      {"auto x = aggregate{co_await f()};", 1},
      {"auto x = c ? co_await a : co_await b;", 1},
      {"auto x = c ? a : co_await b;", 1},
      {"f(c ? 1 : 2); co_await b;", 0},
      {"auto w = f(aggregate{1}); co_await std::move(w);", 0},
      {"if (co_await f()) { g(); }", 0},
      {"while (co_await f(x)) { co_await g(); }", 0},
      {"try { co_await f(); } catch (...) { g(); }", 0},
      {"if (a) { b(); } else { co_await f(); }", 0},
      {"awaitable<void> f(int a) { co_await g(a); }", 0},
      {"auto f(int a) -> awaitable<void> { co_await g(a); }", 0},
      {"co_spawn(io, [this]() -> awaitable<void> { co_await g(); }, detached);", 0},
      {"namespace n { struct s { int a = 0; }; awaitable<int> f() { co_return co_await g(); } }",
       0},
      {"s::s() : a_{1}, b_(2) { g(); }", 0},
      {"switch (a) { case 1: { co_await f(); } }", 0},
  };
  for (auto& row : table)
    EXPECT_THAT(miscompiled_awaits(make_source("a.cpp", row.text), {}), SizeIs(row.breaches))
        << row.text;
}

}  // namespace
}  // namespace stellwerk::house
