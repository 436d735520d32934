#include "gateway/session.hpp"

#include "gateway/framing.hpp"
#include "gateway/web_socket.hpp"

namespace stellwerk::gateway {

namespace {

constexpr std::size_t read_bytes = 4 * 1024;
constexpr std::size_t fields_usual = 16;
constexpr std::size_t body_read_bytes = 64 * 1024;
constexpr std::size_t discarded_bytes_max = 64 * 1024;

template <class... Cases>
struct by_case : Cases... {
  using Cases::operator()...;
};

}  // namespace

session::session(
    transport::socket_type socket, net::ssl::context* tls, std::string peer,
    session_surroundings& all
)
    : all_(all),
      bytes_(std::make_shared<transport>(std::move(socket), tls)),
      born_(steady_now()),
      deadline_(all.all_deadlines, [this] {
        all_.tools.numbers->http_timeouts.Increment();
        bytes_->close();
      }) {
  request_.fields.reserve(fields_usual);
  request_.peer = std::move(peer);
  request_.tls = bytes_->is_tls();
}

net::awaitable<void> session::run() {
  deadline_.in(all_.times.handshake);
  auto failed = co_await bytes_->handshake();
  if (failed) {
    all_.tools.numbers->tls_failures.Increment();
    co_return;
  }
  deadline_.in(all_.times.first_byte);
  auto last = outcome::next;
  while (last == outcome::next) {
    last = co_await serve_one();
    reader_.reset();  // and its body
    idle_ = true;
    deadline_.in(all_.times.idle);
  }
  if (last == outcome::end) co_await linger();
}

void session::stop() {
  keep_ = false;
  if (idle_) bytes_->close();
}

/// The life of one request on this connection.
net::awaitable<session::outcome> session::serve_one() {
  auto head = take_head();
  while (!head.whole && !head.fault) {
    auto more = co_await read_more(read_bytes);
    if (!more) co_return outcome::gone;
    head = take_head();
  }
  if (head.fault) co_return co_await refuse_bytes(*head.fault);
  request_.request_id = all_.ids.next();
  head_only_ = request_.method == http_method::head;
  keep_ =
      keep_ && reader_->keep_alive() && reader_->is_1_1() && steady_now() - born_ < all_.times.life;
  auto for_us = to_origin_form(request_.target, request_.field("host"), request_.method);
  if (!for_us) co_return co_await refuse_bytes(http_errc::bad_request);
  auto expects = request_.count("expect") != 0;
  if (expects && request_.field("expect") != "100-continue")
    co_return co_await refuse_bytes(http_errc::expectation_failed);
  auto verdict = judge();
  net::awaitable<outcome> served = std::visit(
      by_case{
          [&](http_answer& answer) { return answer_without_body(std::move(answer)); },
          [&](answer_wanted& wanted) { return answer_when_known(std::move(wanted)); },
          [&](body_wanted& wanted) { return answer_with_body(std::move(wanted)); },
          [&](upgrade_wanted& wanted) { return upgrade(std::move(wanted)); }},
      verdict
  );
  co_return co_await std::move(served);
}

/// A judge that throws is our mistake: its caller is answered, the others are served on.
head_verdict session::judge() {
  try {
    return all_.handle(request_);
  } catch (const std::exception& why) {
    all_.tools.lines->error(
        "request.failed",
        {{"request_id", std::string_view{request_.request_id}}, {"why", why.what()}}
    );
  }
  return problem_answer(errc::internal, request_.request_id);
}

/// Looks for a head in what was received; a whole one is read into `request_`.
session::head_step session::take_head() {
  if (!forgiven_ && pending().starts_with("\r\n")) {
    taken_ += 2;
    forgiven_ = true;
  }
  auto bytes = pending();
  auto end = head_end(bytes);
  if (end == bytes.npos) {
    if (bytes.size() >= request_reader::head_bytes_max)
      return {.fault = http_errc::fields_too_large};
    if (is_hopeless(bytes)) return {.fault = http_errc::bad_request};
    if (idle_ && !bytes.empty()) {
      idle_ = false;
      deadline_.in(all_.times.head);
    }
    return {};
  }
  idle_ = forgiven_ = false;
  auto head = bytes.substr(0, end);
  taken_ += end;
  if (auto fault = framing_fault(head)) return {.fault = fault};
  auto fault = reader_.emplace(request_).take_head(head);
  return {.whole = !fault, .fault = fault};
}

net::awaitable<session::body_end> session::read_body(std::size_t bytes_max) {
  auto& reader = *reader_;
  auto announced = reader.content_length();
  if (announced && *announced > bytes_max) co_return body_end::too_large;
  reader.begin_body(bytes_max);
  deadline_.in(all_.times.body);
  while (!reader.is_done()) {
    taken_ += reader.take_body(pending());
    if (reader.body_is_too_large()) co_return body_end::too_large;
    if (reader.body_is_faulty()) co_return body_end::faulty;
    if (reader.is_done()) break;
    if (pending().size() >= request_reader::head_bytes_max) co_return body_end::faulty;
    auto more = co_await read_more(body_read_bytes);
    if (!more) co_return body_end::gone;
  }
  co_return body_end::whole;
}

/// The verdict is known from the head alone. A short body is dropped, so that the connection lives;
/// of a long one nothing is read.
net::awaitable<session::outcome> session::answer_without_body(http_answer answer) {
  if (!reader_->is_done()) {
    auto dropped = body_end::too_large;
    auto waits_for_us = request_.count("expect") != 0;
    if (!waits_for_us) dropped = co_await read_body(discarded_bytes_max);
    if (dropped != body_end::whole) keep_ = false;
  }
  co_return co_await send(std::move(answer));
}

net::awaitable<session::outcome> session::answer_when_known(answer_wanted wanted) {
  deadline_.never();  // whoever knows it has deadlines of its own
  auto asking = wanted.run();
  auto answer = co_await std::move(asking);
  auto answering = answer_without_body(std::move(answer));
  co_return co_await std::move(answering);
}

net::awaitable<session::outcome> session::answer_with_body(body_wanted wanted) {
  auto& reader = *reader_;
  auto announced = reader.content_length();
  bool too_large = announced && *announced > wanted.bytes_max;
  if (!too_large && !reader.is_done() && request_.count("expect") != 0) {
    auto told = co_await write("HTTP/1.1 100 Continue\r\n\r\n");
    if (!told) co_return outcome::gone;
  }
  auto got = body_end::whole;
  if (!reader.is_done()) got = co_await read_body(wanted.bytes_max);
  if (got == body_end::gone) co_return outcome::gone;
  if (got == body_end::faulty) co_return co_await refuse_bytes(http_errc::bad_request);
  std::optional<std::string> body;
  if (got == body_end::whole)
    body = std::move(reader.body);
  else
    keep_ = false;
  deadline_.never();  // whoever serves it has deadlines of its own
  auto serving = wanted.run(std::move(body));
  auto answer = co_await std::move(serving);
  auto sending = send(std::move(answer));
  co_return co_await std::move(sending);
}

net::awaitable<session::outcome> session::upgrade(upgrade_wanted wanted) {
  if (!pending().empty()) co_return co_await refuse_bytes(http_errc::bad_request);
  deadline_.never();  // the limiter and the socket keep their own
  auto refused = co_await wanted.refuse();
  if (refused) co_return co_await send(std::move(*refused));
  std::string fields{all_.writer.constant_fields()};
  fields += "X-Request-ID: " + request_.request_id + "\r\n";
  web_socket socket{bytes_, std::move(fields)};
  auto accepted = co_await socket.accept(request_, wanted.protocol);
  if (accepted) co_await wanted.run(socket);
  co_return outcome::gone;
}

/// The peer does not speak HTTP as we do: no later byte of it is interpreted.
net::awaitable<session::outcome> session::refuse_bytes(http_errc why) {
  all_.tools.numbers->http_bad_requests.Increment();
  request_.request_id = all_.ids.next();
  head_only_ = false;
  keep_ = false;
  auto answer = problem_answer(why, request_.request_id);
  co_return co_await send(std::move(answer));
}

net::awaitable<bool> session::read_more(std::size_t most) {
  if (taken_ == in_.size()) {
    in_.clear();
    taken_ = 0;
    // Many connections are idle: none keeps for a head what it needed for a body.
    if (most < body_read_bytes && in_.capacity() >= body_read_bytes) in_ = {};
  } else if (taken_ > 0) {
    in_.erase(0, std::exchange(taken_, 0));
  }
  auto before = in_.size();
  in_.resize(before + most);
  auto reading = bytes_->async_read_some(net::buffer(in_.data() + before, most), without_frame);
  auto [ec, got] = co_await std::move(reading);
  in_.resize(before + got);
  co_return !ec && got > 0;
}

}  // namespace stellwerk::gateway
