#include "persistence/retention_records.hpp"

#include <gtest/gtest.h>

#include "persistence/retention_classes.hpp"

namespace stellwerk {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;

wall_time at(std::int64_t ms) { return wall_time{milliseconds{ms}}; }

TEST(retention_records_test, gives_back_the_state_and_reads_the_version_before) {
  retention_state state{at(-60'000), at(1'700'000'000'000), {at(5), 6, 7, true}};
  auto bytes = to_bytes(state);
  EXPECT_EQ(retention_state_from(bytes), state);
  bytes[0] = 1;
  EXPECT_EQ(retention_state_from(bytes), state);
  bytes[0] = 3;
  EXPECT_FALSE(retention_state_from(bytes)) << "of a later version";
}

TEST(retention_records_test, gives_back_what_is_known_of_a_series) {
  for (auto& record :
       {kept_record{}, kept_record{at(60'000), ""}, kept_record{wall_time::min(), "energy"}})
    EXPECT_EQ(kept_record_from(to_bytes(record)), record);
  EXPECT_EQ(kept_key(258), std::string("kept\0\0\0\1\2", 9));
}

TEST(retention_records_test, refuses_what_is_cut_short_or_too_long) {
  auto state = to_bytes(retention_state{at(1), at(2), {at(3), 400, 500, false}});
  auto record = to_bytes(kept_record{at(1'700'000'000'000), "energy"});
  for (std::size_t size = 0; size < state.size(); ++size)
    EXPECT_FALSE(retention_state_from(std::string_view{state}.substr(0, size))) << size;
  for (std::size_t size = 0; size < record.size(); ++size)
    EXPECT_FALSE(kept_record_from(std::string_view{record}.substr(0, size))) << size;
  EXPECT_FALSE(retention_state_from(state + 'x'));
  EXPECT_FALSE(kept_record_from(record + 'x'));
}

TEST(retention_classes, are_found_by_the_word_of_a_channel) {
  retention_classes some{{days{2}, days{0}}, {{"energy", {days{4}, days{9}}}}};
  EXPECT_EQ(some.of(""), (retention_class{days{2}, days{0}}));
  EXPECT_EQ(some.of("energy"), (retention_class{days{4}, days{9}}));
}

TEST(retention_classes, mean_the_longest_where_the_word_is_none) {
  retention_classes some{
      {days{2}, days{8}}, {{"a", {days{4}, days{3}}}, {"b", {days{3}, days{9}}}}};
  retention_class longest{days{4}, days{9}};
  EXPECT_EQ(some.of("c"), longest);
  EXPECT_EQ(some.of({}), longest);
  some.named["a"].rollups = days{0};
  EXPECT_EQ(some.of("c").rollups, days{0}) << "0 is for ever";
  some.unnamed.raw = days{0};
  EXPECT_EQ(some.of("c").raw, days{0});
  EXPECT_EQ(retention_classes{}.of("c"), retention_class{});
}

TEST(retention_classes, say_whether_anything_goes_by_age) {
  EXPECT_FALSE((retention_classes{{}, {{"a", {}}}}.by_age()));
  EXPECT_TRUE((retention_classes{{days{1}, days{0}}, {}}.by_age()));
  EXPECT_TRUE((retention_classes{{}, {{"a", {days{0}, days{1}}}}}.by_age()));
}

}  // namespace
}  // namespace stellwerk
