#include "gateway/session.hpp"

namespace stellwerk::gateway {

namespace {

constexpr std::size_t discarded_bytes_max = 64 * 1024;
constexpr std::size_t read_bytes = 4 * 1024;

bool ends_connection(int status) {
  return status == 400 || status == 413 || status == 414 || status == 431;
}

}  // namespace

net::awaitable<session::outcome> session::send(http_answer answer) {
  if (ends_connection(answer.status)) keep_ = false;
  answer_frame frame;
  frame.request_id = request_.request_id;
  frame.head_only = head_only_;
  frame.close = !keep_;
  frame.tls = bytes_->is_tls();
  frame.chunked = answer.more && reader_->is_1_1();
  out_.clear();
  all_.writer.write(out_, answer, frame);
  auto written = true;
  std::string_view rest = out_;
  // With the next request in hand already, others come first: this write goes through the queue.
  if (pending().empty()) rest.remove_prefix(bytes_->write_now(out_));
  if (!rest.empty()) written = co_await write(rest);
  if (written && answer.more && !head_only_) {
    auto sending = send_pieces(std::move(answer.more), frame.chunked);
    written = co_await std::move(sending);
  }
  if (out_.capacity() > discarded_bytes_max) out_ = {};
  if (!written) co_return outcome::gone;
  co_return keep_ ? outcome::next : outcome::end;
}

/// Each piece is asked for when the one before is with the kernel: a slow reader costs one piece of
/// memory, one that left nothing more.
net::awaitable<bool> session::send_pieces(body_source more, bool chunked) {
  for (;;) {
    deadline_.never();  // whoever makes a piece has deadlines of its own
    auto making = more();
    auto piece = co_await std::move(making);
    if (!piece) {
      bytes_->close();
      co_return false;
    }
    out_.clear();
    if (chunked)
      append_chunk(out_, *piece);
    else
      out_ = *piece;
    auto written = co_await write(out_);
    if (!written || piece->empty()) co_return written;
  }
}

net::awaitable<bool> session::write(std::string_view bytes) {
  while (!bytes.empty()) {
    deadline_.in(all_.times.write);
    auto what = net::buffer(bytes.data(), bytes.size());
    auto writing = bytes_->async_write_some(what, without_frame);
    auto [ec, sent] = co_await std::move(writing);
    if (ec) co_return false;
    bytes.remove_prefix(sent);
  }
  co_return true;
}

/// Lets the peer read the last answer: closing while it still sends would destroy it on the way.
net::awaitable<void> session::linger() {
  deadline_.in(all_.times.goodbye);
  if (!bytes_->is_tls()) bytes_->shut_down_sending();
  for (std::size_t dropped = 0; !bytes_->is_tls() && dropped < discarded_bytes_max;
       dropped += in_.size()) {
    in_.clear();
    taken_ = 0;
    auto more = co_await read_more(read_bytes);
    if (!more) break;
  }
  co_await bytes_->shut_down();
}

}  // namespace stellwerk::gateway
