#include <iostream>

#include "actors/model/codec.hpp"
#include "monitoring/clock.hpp"
#include "nodes/ctl/commands.hpp"
#include "nodes/ctl/stream_client.hpp"
#include "nodes/ctl/table.hpp"

namespace stellwerk::ctl {

namespace {

namespace bj = boost::json;

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
  bj::object subscribe{
      {"type", "subscribe"}, {"ts", to_text(system_clock()())}, {"payload", payload}};
  stream_call what{
      .token = server.access_token(),
      .first_frame = json::to_text(subscribe),
      .run = std::chrono::seconds{options.seconds}};
  auto each = [&](const std::string& text) {
    problem why;
    auto frame = json::parse(text, why, {.bytes = 4u << 20u, .depth = 32});
    if (!frame || !frame->is_object()) return true;
    auto& type = frame->at("type");
    if (type == "error") throw refused_by_server(0, json::to_text(frame->at("payload")));
    if (type != "sample_batch") return true;
    for (auto& sample : frame->at("payload").at("samples").get_array())
      print_sample(sample, server.json());
    std::cout.flush();
    return true;
  };
  follow_stream(parse_server(server.server()), server.ca_file(), what, each);
  return done;
}

}  // namespace stellwerk::ctl
