#include "tests/gateway/stream_fixture.hpp"

#include <boost/asio/connect.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/json/parse.hpp>

namespace stellwerk::gateway {

namespace websocket = boost::beast::websocket;

struct stream_peer::parts {
  net::io_context io;
  websocket::stream<net::ip::tcp::socket> socket{io};
};

stream_peer::stream_peer(std::uint16_t port, const upgrade& how)
    : parts_(std::make_unique<parts>()) {
  auto& socket = parts_->socket;
  socket.next_layer().connect({net::ip::address_v4::loopback(), port});
  timeval limit{10, 0};
  ::setsockopt(socket.next_layer().native_handle(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  socket.set_option(websocket::stream_base::decorator([&](websocket::request_type& request) {
    if (!how.protocol.empty())
      request.set(boost::beast::http::field::sec_websocket_protocol, how.protocol);
    for (auto& [name, value] : how.fields) request.set(name, value);
  }));
  websocket::response_type answer;
  boost::system::error_code ec;
  socket.handshake(answer, "localhost:" + std::to_string(port), "/ws/stream", ec);
  status_ = answer.result_int();
  auto protocol = answer[boost::beast::http::field::sec_websocket_protocol];
  protocol_.assign(protocol.data(), protocol.size());
}

stream_peer::~stream_peer() = default;

void stream_peer::send(const std::string& text) {
  boost::system::error_code ignored;  // the server may have closed: that is seen by reading
  parts_->socket.text(true);
  parts_->socket.write(net::buffer(text), ignored);
}

void stream_peer::send_binary(const std::string& bytes) {
  boost::system::error_code ignored;
  parts_->socket.binary(true);
  parts_->socket.write(net::buffer(bytes), ignored);
}

void stream_peer::send(const std::string& type, const std::string& payload) {
  send(R"({"type":")" + type + R"(","ts":"2027-01-15T08:00:00Z","payload":)" + payload + '}');
}

boost::json::value stream_peer::read() {
  boost::beast::flat_buffer bytes;
  boost::system::error_code ec;
  parts_->socket.read(bytes, ec);
  if (ec) return nullptr;
  auto text = bytes.cdata();
  return boost::json::parse({static_cast<const char*>(text.data()), text.size()});
}

boost::json::value stream_peer::read(std::string_view type) {
  for (;;) {
    auto frame = read();
    if (frame.is_null() || frame.at("type").as_string() == type) return frame;
  }
}

std::string stream_peer::closed_with() {
  while (!read().is_null()) continue;
  auto& why = parts_->socket.reason();
  return std::to_string(why.code) + ' ' + std::string{why.reason.c_str()};
}

std::unique_ptr<stream_peer> stream_fixture::open(const std::string& who) {
  auto made = std::make_unique<stream_peer>(port());
  EXPECT_EQ(made->status(), 101);
  made->send("hello", hello(who));
  EXPECT_FALSE(made->read("hello_ok").is_null());
  return made;
}

void stream_fixture::push_samples(std::vector<stream_sample> batch) {
  auto shared = std::make_shared<const std::vector<stream_sample>>(std::move(batch));
  std::lock_guard lock{seen->gate};
  for (auto& one : seen->fanouts) caf::anon_send(one, stream_samples{shared});
}

void stream_fixture::push_events(std::vector<journal_entry> entries) {
  std::vector<stream_event> batch;
  for (auto& one : entries) batch.push_back(event_of(one));
  auto shared = std::make_shared<const std::vector<stream_event>>(std::move(batch));
  std::lock_guard lock{seen->gate};
  for (auto& one : entries) seen->journal.push_back(one);
  for (auto& one : seen->fanouts) caf::anon_send(one, stream_events{shared});
}

}  // namespace stellwerk::gateway
