#include "nodes/ctl/connection.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/url/parse.hpp>

#include "monitoring/clock.hpp"

namespace stellwerk::ctl {

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

connection::connection(const server_address& server, const std::string& ca_file, deadline until)
    : server_(server), until_(until) {
  connect();
  if (server.tls) shake_hands(ca_file);
}

void connection::fail(const char* step, const error_code& why) const {
  auto text = why == net::error::timed_out ? std::string{"no answer in time"} : why.message();
  throw unreachable(server_.host + ':' + server_.port + ": " + step + ": " + text);
}

std::size_t connection::wait(error_code& ec, const std::function<void(done)>& start) {
  // Shared: what is abandoned at the deadline still ends, when the connection does.
  struct outcome {
    error_code ec = net::error::timed_out;
    std::size_t bytes = 0;
    bool ended = false;
  };
  auto came = std::make_shared<outcome>();
  start([came](const error_code& how, std::size_t bytes) { *came = {how, bytes, true}; });
  io_.restart();
  while (!came->ended && meter_now() < until_) io_.run_one_until(until_);
  ec = came->ec;
  return came->bytes;
}

void connection::connect() {
  net::ip::tcp::resolver resolver{io_};
  net::ip::tcp::resolver::results_type found;
  error_code ec;
  wait(ec, [&](done then) {
    resolver.async_resolve(
        server_.host, server_.port,
        [&found, then](const error_code& how, auto results) {
          if (!how) found = std::move(results);
          then(how, 0);
        }
    );
  });
  if (ec) fail("name", ec);
  wait(ec, [&](done then) {
    net::async_connect(socket_, found, [then](const error_code& how, const auto&) {
      then(how, 0);
    });
  });
  if (ec) fail("connect", ec);
}

void connection::shake_hands(const std::string& ca_file) {
  rules_.emplace(net::ssl::context::tls_client);
  rules_->set_default_verify_paths();
  if (!ca_file.empty()) rules_->load_verify_file(ca_file);
  tls_.emplace(socket_, *rules_);
  tls_->set_verify_mode(net::ssl::verify_peer);
  tls_->set_verify_callback(net::ssl::host_name_verification{server_.host});
  SSL_set_tlsext_host_name(tls_->native_handle(), server_.host.c_str());
  error_code ec;
  wait(ec, [&](done then) {
    tls_->async_handshake(net::ssl::stream_base::client, [then](const error_code& how) {
      then(how, 0);
    });
  });
  if (ec) fail("TLS", ec);
}

std::size_t connection::read(net::mutable_buffer into, error_code& ec) {
  return wait(ec, [&](done then) {
    if (tls_)
      tls_->async_read_some(net::mutable_buffers_1{into}, std::move(then));
    else
      socket_.async_read_some(net::mutable_buffers_1{into}, std::move(then));
  });
}

std::size_t connection::write(net::const_buffer what, error_code& ec) {
  return wait(ec, [&](done then) {
    if (tls_)
      tls_->async_write_some(net::const_buffers_1{what}, std::move(then));
    else
      socket_.async_write_some(net::const_buffers_1{what}, std::move(then));
  });
}

}  // namespace stellwerk::ctl
