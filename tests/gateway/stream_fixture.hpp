#pragma once

#include <boost/json/value.hpp>
#include <memory>

#include "tests/gateway/server_fixture.hpp"

namespace stellwerk::gateway {

/// A WebSocket client of a test's own; Beast is in the .cpp alone.
class stream_peer {
 public:
  struct upgrade {
    std::string protocol = "stellwerk.stream.v1";
    std::vector<http_field> fields = {};
  };
  stream_peer(std::uint16_t port, const upgrade& how);
  explicit stream_peer(std::uint16_t port) : stream_peer(port, upgrade{}) {}
  ~stream_peer();

  /// Of the answer to the upgrade: 101, or what it was refused with.
  int status() const { return status_; }
  std::string protocol() const { return protocol_; }

  void send(const std::string& text);
  void send_binary(const std::string& bytes);
  /// `{"type", "ts", "payload"}` around `payload`.
  void send(const std::string& type, const std::string& payload);

  /// The next frame; null once the server has closed: see `closed_with`.
  boost::json::value read();
  /// The next frame of `type`; others are passed over.
  boost::json::value read(std::string_view type);
  /// Reads to the end: `1008 Invalid token`.
  std::string closed_with();

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
  int status_ = 0;
  std::string protocol_;
};

class stream_fixture : public server_fixture {
 protected:
  std::string hello(const std::string& who = "ada") {
    return R"({"token":")" + token(who) + R"("})";
  }
  /// Connected, and through with its hello.
  std::unique_ptr<stream_peer> open(const std::string& who = "ada");

  /// What `streams` would hand to every fanout.
  void push_samples(std::vector<stream_sample> batch);
  void push_events(std::vector<journal_entry> entries);
};

}  // namespace stellwerk::gateway
