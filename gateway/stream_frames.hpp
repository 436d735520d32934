#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "actors/model/codec.hpp"

/// The envelope of `stellwerk.stream.v1`: `{"type", "ts", "payload"}` both ways.
namespace stellwerk::gateway {

using stream_pattern = text<1, 300>;

struct hello_frame {
  text<1, 4096, charset::any> token;
};
BOOST_DESCRIBE_STRUCT(hello_frame, (), (token))
struct subscribe_frame {
  text<1, 100> id;
  std::vector<stream_pattern> samples;  // `device/channel`
  std::vector<stream_pattern> events;   // types
  std::optional<std::uint64_t> after;   // journal entries after this one first
};
BOOST_DESCRIBE_STRUCT(subscribe_frame, (), (id, samples, events, after))
struct unsubscribe_frame {
  text<1, 100> id;
};
BOOST_DESCRIBE_STRUCT(unsubscribe_frame, (), (id))

using client_frame = std::variant<hello_frame, subscribe_frame, unsubscribe_frame>;

/// A frame, or what is wrong with it. Strict: no other members, no other types.
std::optional<client_frame> frame_from(std::string_view text, problems& wrong);

/// `payload` is JSON.
std::string server_frame(std::string_view type, wall_time now, std::string_view payload);
std::string ack_frame(wall_time now, std::string_view id);
/// `ref`: the subscription's id, or the path of what is wrong; may be empty.
std::string error_frame(
    wall_time now, std::string_view code, std::string_view message, std::string_view ref
);
std::string gap_frame(wall_time now, std::uint64_t from, std::uint64_t to);
std::string hello_ok_frame(wall_time now, std::string_view principal, std::string_view site);

}  // namespace stellwerk::gateway
