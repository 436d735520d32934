#include "nodes/sim/modbus_frame.hpp"

#include <gtest/gtest.h>

namespace stellwerk::sim {
namespace {

using bytes = std::vector<std::uint8_t>;

const bytes request{0x12, 0x34, 0, 0, 0, 6, 9, 3, 0, 0, 0, 1};

TEST(modbus_frame_test, cuts_a_whole_frame_and_leaves_what_follows) {
  auto two = request;
  two.insert(two.end(), request.begin(), request.end());
  auto cut = first_frame(two);
  ASSERT_EQ(cut.state, frame_state::whole);
  EXPECT_EQ(cut.bytes, request.size());
  EXPECT_EQ(cut.frame.transaction, 0x1234);
  EXPECT_EQ(cut.frame.unit, 9);
  EXPECT_EQ(bytes(cut.frame.pdu.begin(), cut.frame.pdu.end()), (bytes{3, 0, 0, 0, 1}));
}

TEST(modbus_frame_test, waits_for_every_byte_that_is_missing) {
  for (std::size_t have = 0; have < request.size(); ++have)
    EXPECT_EQ(first_frame(std::span(request).first(have)).state, frame_state::incomplete) << have;
}

TEST(modbus_frame_test, refuses_other_protocols_and_impossible_lengths_by_the_header_alone) {
  auto header = [](int protocol, int length) {
    return first_frame(bytes{
        0, 1, static_cast<std::uint8_t>(protocol >> 8), static_cast<std::uint8_t>(protocol),
        static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length), 1});
  };
  EXPECT_EQ(header(1, 6).state, frame_state::wrong);
  EXPECT_EQ(header(256, 6).state, frame_state::wrong);
  EXPECT_EQ(header(0, 0).state, frame_state::wrong);
  EXPECT_EQ(header(0, 1).state, frame_state::wrong);
  EXPECT_EQ(header(0, 2).state, frame_state::incomplete);
  EXPECT_EQ(header(0, 254).state, frame_state::incomplete);
  EXPECT_EQ(header(0, 255).state, frame_state::wrong);
  EXPECT_EQ(header(0, 65'535).state, frame_state::wrong);
}

TEST(modbus_frame_test, writes_what_it_reads) {
  EXPECT_EQ(to_bytes(first_frame(request).frame), request);
}

}  // namespace
}  // namespace stellwerk::sim
