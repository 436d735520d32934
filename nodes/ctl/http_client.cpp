#include "nodes/ctl/http_client.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/url/parse.hpp>

#include "monitoring/clock.hpp"

namespace stellwerk::ctl {

namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using error_code = boost::system::error_code;
using request = http::request<http::string_body>;

constexpr std::uint64_t reply_bytes_max = 64ull << 20u;

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

/// Asynchronous steps run one after another under one deadline, which synchronous calls lack.
class exchange {
 public:
  exchange(const server_address& server, std::chrono::milliseconds within)
      : server_(server), end_(meter_now() + within) {}

  http_reply over_tcp(const request& what) {
    beast::tcp_stream stream{io_};
    connect(stream);
    return ask(stream, what);
  }

  http_reply over_tls(const request& what, const std::string& ca_file) {
    net::ssl::context tls{net::ssl::context::tls_client};
    tls.set_default_verify_paths();
    if (!ca_file.empty()) tls.load_verify_file(ca_file);
    net::ssl::stream<beast::tcp_stream> stream{io_, tls};
    stream.set_verify_mode(net::ssl::verify_peer);
    stream.set_verify_callback(net::ssl::host_name_verification{server_.host});
    SSL_set_tlsext_host_name(stream.native_handle(), server_.host.c_str());
    connect(stream.next_layer());
    step("TLS", [&](auto done) {
      stream.async_handshake(net::ssl::stream_base::client, std::move(done));
    });
    return ask(stream, what);
  }

 private:
  template <class Start>
  void step(const char* name, Start&& start) {
    error_code result = net::error::timed_out;
    bool ended = false;
    start([&](error_code ec, auto&&...) {
      result = ec;
      ended = true;
    });
    io_.restart();
    io_.run_until(end_);
    if (ended && !result) return;
    auto why = ended ? result.message() : std::string{"no answer in time"};
    throw unreachable(server_.host + ':' + server_.port + ": " + name + ": " + why);
  }

  void connect(beast::tcp_stream& stream) {
    net::ip::tcp::resolver resolver{io_};
    net::ip::tcp::resolver::results_type found;
    step("name", [&](auto done) {
      resolver.async_resolve(
          server_.host, server_.port,
          [&found, done](error_code ec, auto results) mutable {
            found = std::move(results);
            done(ec);
          }
      );
    });
    step("connect", [&](auto done) { stream.async_connect(found, std::move(done)); });
  }

  template <class Stream>
  http_reply ask(Stream& stream, const request& what) {
    step("send", [&](auto done) { http::async_write(stream, what, std::move(done)); });
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(reply_bytes_max);
    step("answer", [&](auto done) { http::async_read(stream, buffer, parser, std::move(done)); });
    auto answer = parser.release();
    return {static_cast<int>(answer.result_int()), std::move(answer.body())};
  }

  const server_address& server_;
  std::chrono::steady_clock::time_point end_;
  net::io_context io_{1};
};

}  // namespace

server_address parse_server(const std::string& url) {
  auto parsed = boost::urls::parse_uri(url);
  auto bad = !parsed || (parsed->scheme() != "http" && parsed->scheme() != "https") ||
             parsed->host().empty() || parsed->has_userinfo() || parsed->has_query() ||
             (parsed->path() != "" && parsed->path() != "/");
  if (bad) throw std::invalid_argument("a server is http[s]://host[:port], not " + url);
  auto tls = parsed->scheme() == "https";
  std::string port = parsed->port();
  if (port.empty()) port = tls ? "443" : "80";
  return {tls, parsed->host_address(), port};
}

http_reply call(const server_address& server, const std::string& ca_file, const http_call& what) {
  auto made = request_of(server, what);
  exchange one{server, what.within};
  return server.tls ? one.over_tls(made, ca_file) : one.over_tcp(made);
}

}  // namespace stellwerk::ctl
