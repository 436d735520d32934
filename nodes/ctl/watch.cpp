#include <iostream>

#include "actors/model/codec.hpp"
#include "monitoring/clock.hpp"
#include "nodes/ctl/commands.hpp"
#include "nodes/ctl/stream_client.hpp"
#include "nodes/ctl/table.hpp"

namespace stellwerk::ctl {

namespace {

namespace bj = boost::json;

std::string frame_of(const char* type, const bj::object& payload) {
  return json::to_text(bj::object{
      {"type", type}, {"ts", to_text(system_clock()())}, {"payload", payload}});
}

void print_sample(const bj::value& sample, bool as_json) {
  if (as_json) {
    std::cout << json::to_text(sample) << '\n';
    return;
  }
  auto text = [&](const char* name) {
    auto& member = sample.at(name);
    return printable(member.is_string() ? std::string{member.get_string()} : json::to_text(member));
  };
  std::cout << text("time") << "  " << text("channel") << "  " << text("value");
  if (text("quality") != "good") std::cout << "  (" << text("quality") << ')';
  std::cout << '\n';
}

}  // namespace

int watch(api& server, const watch_options& options) {
  server.read("/api/v1/auth/me");  // renews the token if need be, and says why it is refused
  bj::object payload{{"id", "watch"}, {"samples", bj::array{bj::value(options.pattern)}}};
  stream_call what{
      .token = server.access_token(),
      .first_frame = frame_of("subscribe", payload),
      .run = std::chrono::seconds{options.seconds}};
  auto each = [&](const std::string& text) {
    problem why;
    auto frame = json::parse(text, why, {.bytes = 4u << 20u, .depth = 32});
    if (!frame || !frame->is_object()) return std::string{};
    auto& type = frame->at("type");
    if (type == "error") throw refused_by_server(0, json::to_text(frame->at("payload")));
    if (type == "reauth_required" && server.renew())
      return frame_of("hello", {{"token", server.access_token()}});
    if (type != "sample_batch") return std::string{};
    for (auto& sample : frame->at("payload").at("samples").get_array())
      print_sample(sample, server.json());
    std::cout.flush();
    return std::string{};
  };
  follow_stream(parse_server(server.server()), server.ca_file(), what, each);
  return done;
}

}  // namespace stellwerk::ctl
