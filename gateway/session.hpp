#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "gateway/answer_writer.hpp"
#include "gateway/deadlines.hpp"
#include "gateway/http.hpp"
#include "gateway/request_reader.hpp"
#include "gateway/session_times.hpp"
#include "gateway/transport.hpp"
#include "monitoring/log.hpp"

namespace stellwerk::gateway {

/// What the sessions of one I/O thread share.
struct session_surroundings {
  http_handler handle;
  instruments tools;
  session_times times;
  deadlines& all_deadlines;
  answer_writer& writer;
  request_ids& ids;
};

/// Awaited in place: `use_awaitable` would make a coroutine of each operation.
inline constexpr auto without_frame = net::as_tuple(net::deferred);

/// One connection: bytes ⇄ requests and answers, one after the other, until either side has had
/// enough. Every wait has a deadline; nothing is read while a request is served, so a peer that
/// sends more only fills its own window.
class session : public boost::intrusive::list_base_hook<
                    boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  session(
      transport::socket_type socket, net::ssl::context* tls, std::string peer,
      session_surroundings& all
  );

  net::awaitable<void> run();

  /// Ends an idle connection now, a busy one after its answer.
  void stop();
  void end() { bytes_->close(); }

 private:
  enum class outcome { next, end, gone };
  enum class body_end { whole, too_large, faulty, gone };
  struct head_step {
    bool whole = false;  // else, without a fault, more bytes are needed
    std::optional<http_errc> fault;
  };

  net::awaitable<outcome> serve_one();
  head_verdict judge();
  head_step take_head();
  net::awaitable<body_end> read_body(std::size_t bytes_max);
  net::awaitable<outcome> answer_without_body(http_answer answer);
  net::awaitable<outcome> answer_when_known(answer_wanted wanted);
  net::awaitable<outcome> answer_with_body(body_wanted wanted);
  net::awaitable<outcome> upgrade(upgrade_wanted wanted);
  net::awaitable<outcome> refuse_bytes(http_errc why);
  net::awaitable<outcome> send(http_answer answer);
  net::awaitable<bool> send_pieces(body_source more, bool chunked);
  net::awaitable<bool> read_more(std::size_t most);
  net::awaitable<bool> write(std::string_view bytes);
  net::awaitable<void> linger();
  std::string_view pending() const { return std::string_view{in_}.substr(taken_); }

  session_surroundings& all_;
  std::shared_ptr<transport> bytes_;
  const std::chrono::steady_clock::time_point born_;
  deadline deadline_;
  std::string in_;  // received, not yet parsed from `taken_` on
  std::size_t taken_ = 0;
  std::string out_;
  http_request request_;  // being served
  std::optional<request_reader> reader_;
  bool forgiven_ = false;  // one empty line before a request
  bool head_only_ = false;
  bool keep_ = true;
  bool idle_ = true;
};

}  // namespace stellwerk::gateway
