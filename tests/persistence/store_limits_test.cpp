#include "tests/persistence/store_stage.hpp"

/// The limits of a commit, in every implementation of the store: what is at one is taken, what is
/// one over is `too_large` and leaves nothing behind.
namespace stellwerk {
namespace {

constexpr std::size_t key_max = 512;
constexpr std::size_t value_max = 1'048'576;
constexpr std::size_t changes_max_each = 10'000;
constexpr std::size_t commit_max = 16 * 1'048'576;
constexpr std::size_t text_max = 1'024;
constexpr std::size_t data_max = 65'536;

std::string letters(std::size_t count) { return std::string(count, 'x'); }

commit changing(std::size_t count) {
  commit what;
  for (std::size_t i = 0; i < count; ++i) what.changes.push_back({"c" + std::to_string(i), "x"});
  return what;
}
commit putting(std::string key, std::string value) {
  return {{}, {{std::move(key), std::move(value)}}, {}, {}};
}
commit expecting(std::size_t count, std::size_t key_bytes) {
  auto what = putting("expecting", "x");
  what.expectations.assign(count, {std::string(key_bytes, 'n'), 0});
  return what;
}
commit telling(std::size_t count) {
  commit what;
  what.events.assign(count, event_about("device/a"));
  return what;
}
commit telling(event one) { return {{}, {}, {std::move(one)}, {}}; }
commit telling_data(std::size_t bytes) {
  auto one = event_about("device/a");
  one.data.text = '"' + letters(bytes - 2) + '"';
  return telling(std::move(one));
}
/// Keys and values of `bytes` together.
commit weighing(std::size_t bytes) {
  commit what;
  for (char key = 'a'; bytes > 0; ++key) {
    auto value = std::min(bytes - 1, value_max);
    what.changes.push_back({std::string(1, key), letters(value)});
    bytes -= value + 1;
  }
  return what;
}
commit once(std::string answer_id) {
  auto what = putting("once", "x");
  what.once = {"user/1", "createDevice", "key", "hash", std::move(answer_id)};
  return what;
}

struct limit_row {
  const char* name;
  commit (*of)(std::size_t);
  std::size_t most;
};
void PrintTo(const limit_row& row, std::ostream* out) { *out << row.name; }

const std::array limits{
    limit_row{"key", [](std::size_t n) { return putting(letters(n), "v"); }, key_max},
    limit_row{"value", [](std::size_t n) { return putting("k", letters(n)); }, value_max},
    limit_row{"changes", changing, changes_max_each},
    limit_row{"expectations", [](std::size_t n) { return expecting(n, 1); }, changes_max_each},
    limit_row{"expected_key", [](std::size_t n) { return expecting(1, n); }, key_max},
    limit_row{"events", [](std::size_t n) { return telling(n); }, changes_max_each},
    limit_row{
        "event_text", [](std::size_t n) { return telling(event_about(letters(n))); }, text_max},
    limit_row{"event_data", telling_data, data_max},
    limit_row{"whole", weighing, commit_max},
    limit_row{"once_text", [](std::size_t n) { return once(letters(n)); }, key_max},
};

struct store_limits_test : store_stage,
                           testing::WithParamInterface<std::tuple<store_kind, limit_row>> {
  void SetUp() override { open({}, std::get<0>(GetParam())); }
};

TEST_P(store_limits_test, takes_what_is_at_it_and_nothing_of_what_is_one_over) {
  auto& row = std::get<1>(GetParam());
  auto refused = apply(row.of(row.most + 1));
  ASSERT_FALSE(refused);
  EXPECT_TRUE(is(refused.error(), errc::too_large)) << render(refused.error());
  EXPECT_TRUE(keys({}).empty());
  EXPECT_TRUE(journal().empty());
  auto taken = apply(row.of(row.most));
  ASSERT_TRUE(taken) << render(taken.error());
  EXPECT_EQ(taken->revision, 1u);  // the refused one took none
  EXPECT_FALSE(taken->replayed);
}

INSTANTIATE_TEST_SUITE_P(
    , store_limits_test,
    testing::Combine(testing::ValuesIn(store_kinds), testing::ValuesIn(limits)),
    [](auto& each) {
      return std::string{std::get<0>(each.param).name} + '_' + std::get<1>(each.param).name;
    }
);

}  // namespace
}  // namespace stellwerk
