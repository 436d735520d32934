#include "gateway/stream_frames.hpp"

namespace stellwerk::gateway {

namespace {

struct envelope {
  text<1, 50, charset::user> type;
  std::optional<wall_time> ts;
  json_text payload;
};
BOOST_DESCRIBE_STRUCT(envelope, (), (type, ts, payload))

template <class Frame>
std::optional<client_frame> payload_of(const envelope& outer, problems& wrong) {
  Frame made;
  wrong = json::decode(outer.payload.text.empty() ? "{}" : outer.payload.text, made);
  for (auto& one : wrong) one.path = one.path.empty() ? "payload" : "payload." + one.path;
  if (!wrong.empty()) return {};
  return made;
}

/// `{"a":"x","b":"y"}`
std::string object_of(std::initializer_list<std::pair<std::string_view, std::string_view>> members
) {
  std::string out{"{"};
  for (auto& [name, value] : members) {
    if (out.size() > 1) out += ',';
    json::write_text(out, name);
    out += ':';
    json::write_text(out, value);
  }
  return out += '}';
}

}  // namespace

std::optional<client_frame> frame_from(std::string_view text, problems& wrong) {
  envelope outer;
  wrong = json::decode(text, outer);
  if (wrong.empty() && !outer.ts) wrong.push_back({"ts", "required", "is missing", "RFC 3339"});
  if (!wrong.empty()) return {};
  auto& type = outer.type.str();
  if (type == "hello") return payload_of<hello_frame>(outer, wrong);
  if (type == "subscribe") return payload_of<subscribe_frame>(outer, wrong);
  if (type == "unsubscribe") return payload_of<unsubscribe_frame>(outer, wrong);
  wrong.push_back({"type", "out_of_range", "is not known", "hello, subscribe, unsubscribe"});
  return {};
}

std::string server_frame(std::string_view type, wall_time now, std::string_view payload) {
  std::string out{R"({"type":")"};
  out.reserve(out.size() + type.size() + payload.size() + 64);
  out.append(type).append(R"(","ts":")").append(to_text(now));
  out.append(R"(","payload":)").append(payload);
  return out += '}';
}

std::string ack_frame(wall_time now, std::string_view id) {
  return server_frame("ack", now, object_of({{"id", id}}));
}

std::string error_frame(
    wall_time now, std::string_view code, std::string_view message, std::string_view ref
) {
  return server_frame(
      "error", now, object_of({{"code", code}, {"message", message}, {"ref", ref}})
  );
}

std::string gap_frame(wall_time now, std::uint64_t from, std::uint64_t to) {
  auto payload = R"({"from":)" + std::to_string(from) + R"(,"to":)" + std::to_string(to) + '}';
  return server_frame("gap", now, payload);
}

std::string hello_ok_frame(wall_time now, std::string_view principal, std::string_view site) {
  auto payload =
      object_of({{"principal", principal}, {"site", site}, {"version", STELLWERK_VERSION}});
  return server_frame("hello_ok", now, payload);
}

}  // namespace stellwerk::gateway
