#include "nodes/ctl/stream_client.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "monitoring/clock.hpp"

namespace stellwerk::ctl {

namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using error_code = boost::system::error_code;
using tcp = net::ip::tcp;
using clock = std::chrono::steady_clock;

constexpr std::chrono::seconds step_max{10};
constexpr std::chrono::seconds silence_max{60};
constexpr std::size_t frame_bytes_max = 4u << 20u;

class conversation {
 public:
  conversation(const server_address& server, const stream_call& what, const on_frame& each)
      : server_(server), what_(what), each_(each) {}

  void over_tcp() {
    websocket::stream<tcp::socket, false> stream{io_};
    connect(stream.next_layer());
    talk(stream);
  }

  void over_tls(const std::string& ca_file) {
    net::ssl::context tls{net::ssl::context::tls_client};
    tls.set_default_verify_paths();
    if (!ca_file.empty()) tls.load_verify_file(ca_file);
    websocket::stream<beast::ssl_stream<tcp::socket>, false> stream{io_, tls};
    auto& secure = stream.next_layer();
    secure.set_verify_mode(net::ssl::verify_peer);
    secure.set_verify_callback(net::ssl::host_name_verification{server_.host});
    SSL_set_tlsext_host_name(secure.native_handle(), server_.host.c_str());
    connect(secure.next_layer());
    step("TLS", [&](auto done) {
      secure.async_handshake(net::ssl::stream_base::client, std::move(done));
    });
    talk(stream);
  }

 private:
  /// One asynchronous step to its end, or until `until`; false if that came first.
  template <class Start>
  bool until(clock::time_point end, const char* name, Start&& start) {
    error_code result;
    bool ended = false;
    start([&](error_code ec, auto&&...) {
      result = ec;
      ended = true;
    });
    io_.restart();
    while (!ended && meter_now() < end) io_.run_one_until(end);
    if (ended && result) fail(name, result.message());
    return ended;
  }
  template <class Start>
  void step(const char* name, Start&& start) {
    if (!until(meter_now() + step_max, name, start)) fail(name, "no answer in time");
  }
  [[noreturn]] void fail(const char* name, const std::string& why) const {
    throw unreachable(server_.host + ':' + server_.port + ": " + name + ": " + why);
  }

  void connect(tcp::socket& socket) {
    tcp::resolver resolver{io_};
    error_code ec;
    auto found = resolver.resolve(server_.host, server_.port, ec);
    if (ec) fail("name", ec.message());
    step("connect", [&](auto done) { net::async_connect(socket, found, std::move(done)); });
  }

  template <class Stream>
  void talk(Stream& stream) {
    stream.set_option(websocket::stream_base::decorator([this](websocket::request_type& request) {
      request.set(beast::http::field::sec_websocket_protocol, "stellwerk.stream.v1");
      request.set(beast::http::field::authorization, "Bearer " + what_.token);
    }));
    stream.read_message_max(frame_bytes_max);
    step("upgrade", [&](auto done) {
      stream.async_handshake(server_.host + ':' + server_.port, "/ws/stream", std::move(done));
    });
    step("send", [&](auto done) {
      stream.async_write(net::buffer(what_.first_frame), std::move(done));
    });
    auto end = what_.run.count() > 0 ? meter_now() + what_.run : clock::time_point::max();
    for (beast::flat_buffer buffer;;) {
      auto silent = meter_now() + silence_max;
      auto came = until(std::min(end, silent), "stream", [&](auto done) {
        stream.async_read(buffer, std::move(done));
      });
      if (!came && meter_now() >= end) return;
      if (!came) fail("stream", "silent for a minute");
      if (!each_(beast::buffers_to_string(buffer.data()))) return;
      buffer.clear();
    }
  }

  const server_address& server_;
  const stream_call& what_;
  const on_frame& each_;
  net::io_context io_{1};
};

}  // namespace

void follow_stream(
    const server_address& server, const std::string& ca_file, const stream_call& what,
    const on_frame& each
) {
  conversation one{server, what, each};
  if (server.tls)
    one.over_tls(ca_file);
  else
    one.over_tcp();
}

}  // namespace stellwerk::ctl
