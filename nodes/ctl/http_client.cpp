#include "nodes/ctl/http_client.hpp"

#include <array>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include "monitoring/clock.hpp"

namespace stellwerk::ctl {

namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using request = http::request<http::string_body>;

constexpr std::uint64_t reply_bytes_max = 64ull << 20u;
constexpr std::size_t problem_bytes_max = 1 << 20;

request request_of(const server_address& server, const http_call& what) {
  request made{http::string_to_verb(what.method), what.target, 11};
  auto usual = server.port == (server.tls ? "443" : "80");
  auto host = server.host.find(':') == server.host.npos ? server.host : '[' + server.host + ']';
  made.set(http::field::host, usual ? host : host + ':' + server.port);
  made.set(http::field::user_agent, "stellwerk/" STELLWERK_VERSION);
  made.set(http::field::connection, "close");
  for (auto& [name, value] : what.headers) made.set(name, value);
  if (!what.body.empty()) {
    made.set(http::field::content_type, "application/json");
    made.body() = what.body;
  }
  made.prepare_payload();
  return made;
}

void send(connection& to, const server_address& server, const http_call& what) {
  boost::system::error_code ec;
  http::write(to, request_of(server, what), ec);
  if (ec) to.fail("send", ec);
}

}  // namespace

http_reply call(const server_address& server, const std::string& ca_file, const http_call& what) {
  connection to{server, ca_file, meter_now() + what.within};
  send(to, server, what);
  boost::system::error_code ec;
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(reply_bytes_max);
  http::read(to, buffer, parser, ec);
  if (ec) to.fail("answer", ec);
  auto answer = parser.release();
  return {static_cast<int>(answer.result_int()), std::move(answer.body())};
}

http_reply download(
    const server_address& server, const std::string& ca_file, const http_call& what,
    const body_sink& sink
) {
  connection to{server, ca_file, meter_now() + what.within};
  send(to, server, what);
  boost::system::error_code ec;
  beast::flat_buffer buffer;
  http::response_parser<http::buffer_body> parser;
  parser.body_limit(boost::none);
  http::read_header(to, buffer, parser, ec);
  if (ec) to.fail("answer", ec);
  http_reply reply{static_cast<int>(parser.get().result_int()), {}};
  std::array<char, 64 * 1024> piece{};
  while (!parser.is_done()) {
    to.set_deadline(meter_now() + what.within);
    auto& body = parser.get().body();
    body.data = piece.data();
    body.size = piece.size();
    http::read(to, buffer, parser, ec);
    if (ec && ec != http::error::need_buffer) to.fail("answer", ec);
    std::string_view got{piece.data(), piece.size() - body.size};
    if (reply.status == 200)
      sink(got);
    else if (reply.body.size() < problem_bytes_max)
      reply.body += got;
  }
  return reply;
}

}  // namespace stellwerk::ctl
