#include "nodes/ctl/stream_client.hpp"

#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "monitoring/clock.hpp"

namespace stellwerk::ctl {

namespace {

namespace beast = boost::beast;
namespace websocket = beast::websocket;
using error_code = boost::system::error_code;
using stream = websocket::stream<connection, false>;

constexpr std::chrono::seconds step_max{10};
constexpr std::chrono::seconds silence_max{60};
constexpr std::size_t frame_bytes_max = 4u << 20u;

void open(stream& to, const server_address& server, const std::string& token) {
  to.set_option(websocket::stream_base::decorator([&](websocket::request_type& request) {
    request.set(beast::http::field::sec_websocket_protocol, "stellwerk.stream.v1");
    request.set(beast::http::field::authorization, "Bearer " + token);
  }));
  to.read_message_max(frame_bytes_max);
  error_code ec;
  to.handshake(server.host + ':' + server.port, "/ws/stream", ec);
  if (ec) to.next_layer().fail("upgrade", ec);
}

void send(stream& to, const std::string& text) {
  to.next_layer().set_deadline(meter_now() + step_max);
  error_code ec;
  to.write(net::buffer(text), ec);
  if (ec) to.next_layer().fail("send", ec);
}

}  // namespace

void follow_stream(
    const server_address& server, const std::string& ca_file, const stream_call& what,
    const on_frame& each
) {
  stream to{server, ca_file, meter_now() + step_max};
  open(to, server, what.token);
  send(to, what.first_frame);
  auto end = what.run.count() > 0 ? meter_now() + what.run : connection::deadline::max();
  for (beast::flat_buffer buffer;; buffer.clear()) {
    auto silent = meter_now() + silence_max;
    to.next_layer().set_deadline(std::min(end, silent));
    error_code ec;
    to.read(buffer, ec);
    if (ec == net::error::timed_out && meter_now() >= end) return;
    if (ec == net::error::timed_out)
      throw unreachable(server.host + ':' + server.port + ": stream: silent for a minute");
    if (ec) to.next_layer().fail("stream", ec);
    if (auto answer = each(beast::buffers_to_string(buffer.data())); !answer.empty())
      send(to, answer);
  }
}

}  // namespace stellwerk::ctl
