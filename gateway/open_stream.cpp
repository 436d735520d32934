#include "gateway/open_stream.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>

#include "actors/access/address.hpp"
#include "gateway/ask.hpp"

namespace stellwerk::gateway {

namespace {

constexpr std::size_t hello_bytes_max = 4096 + 256;  // a token and its envelope
constexpr std::size_t message_bytes_max = 65'536;
constexpr std::uint32_t slice_entries = 100;
constexpr int invalid_messages_max = 10;
constexpr std::chrono::seconds ask_within{5};
constexpr std::chrono::seconds warn_before_end{60};

/// Counted while it lives; false: there are too many.
class counted {
 public:
  counted(connection_counts& counts, std::string key)
      : counts_(counts), key_(std::move(key)), in_(counts_.enter(key_)) {}
  ~counted() {
    if (in_) counts_.leave(key_);
  }
  counted(const counted&) = delete;
  counted& operator=(const counted&) = delete;
  explicit operator bool() const { return in_; }

 private:
  connection_counts& counts_;
  const std::string key_;
  const bool in_;
};

bool same_rights(const grants& a, const grants& b) {
  return std::ranges::equal(a, b, [](const grant& x, const grant& y) {
    return x.permissions == y.permissions && x.scope == y.scope;
  });
}

}  // namespace

open_stream::open_stream(web_socket socket, std::string address, stream_surroundings& all)
    : all_(all),
      socket_(std::move(socket)),
      address_(std::move(address)),
      client_(all.desk.all().site, all.desk.names()),
      wake_(all.thread.io()) {}

net::awaitable<void> open_stream::run(std::string token) {
  bool known = !token.empty() && admit(std::move(token));
  if (!known) known = co_await greet();
  if (known) {
    counted place{all_.limits.known, client_.who()->caller->id};
    if (place)
      co_await read();
    else
      end(close_code::policy, "Rate limit exceeded");
  }
  ended_ = true;
  wake_.cancel();
}

/// The first message must be a hello with a good token, in time.
net::awaitable<bool> open_stream::greet() {
  counted place{all_.limits.unknown, limit_key(address_)};
  if (!place) {
    end(close_code::policy, "Rate limit exceeded");
    co_return false;
  }
  socket_.limit_messages(hello_bytes_max);
  auto too_late = [this] { end(close_code::policy, "Authentication timeout"); };
  deadline in_time{all_.thread.all_deadlines(), too_late};
  in_time.in(all_.times.hello);
  auto text = co_await socket_.read();
  if (!text || ended_) co_return false;
  problems wrong;
  auto frame = frame_from(*text, wrong);
  auto* hello = frame ? std::get_if<hello_frame>(&*frame) : nullptr;
  auto good = hello != nullptr && admit(hello->token);
  if (!good) end(close_code::policy, "Invalid token");
  co_return good;
}

/// The same principal may come again with a fresh token.
bool open_stream::admit(std::string token) {
  auto who = all_.desk.tokens().check(token).context;
  if (!who || (is_known() && who->caller->id != client_.who()->caller->id)) return false;
  who->address = address_;
  token_ = std::move(token);
  warned_ = false;
  tell(hello_ok_frame(now(), who->caller->name, node().site));
  client_.admit(std::move(who));
  return true;
}

net::awaitable<void> open_stream::read() {
  socket_.limit_messages(message_bytes_max);
  auto writes = [self = shared_from_this()] { return self->write(); };
  net::co_spawn(all_.thread.io(), writes, net::detached);
  while (!ended_) {
    auto text = co_await socket_.read();
    if (!text) break;
    receive(*text);
  }
}

net::awaitable<void> open_stream::write() {
  auto self = shared_from_this();
  while (!ended_) {
    auto frame = client_.queue.next();
    if (!frame) {
      boost::system::error_code ignored;
      wake_.expires_at(std::chrono::steady_clock::time_point::max());
      co_await wake_.async_wait(net::redirect_error(net::use_awaitable, ignored));
      continue;
    }
    auto written = co_await socket_.write(frame);
    if (!written) break;
    client_.queue.written();
    node().tools.numbers->stream_frames_sent.Increment();
    if (!client_.queue.next()) go_on();
  }
  ended_ = true;
}

void open_stream::receive(std::string_view text) {
  if (!all_.limits.take_message(client_.who()->caller->id, steady_now()))
    return end(close_code::policy, "Rate limit exceeded");
  problems wrong;
  if (auto frame = frame_from(text, wrong)) {
    std::visit([this](auto& known) { on_frame(known); }, *frame);
    return;
  }
  if (++invalid_messages_ >= invalid_messages_max)
    return end(close_code::policy, "Rate limit exceeded");
  auto& first = wrong.front();
  tell(error_frame(
      now(), "invalid_message", first.message + ": expected " + first.expected, first.path
  ));
}

void open_stream::on_frame(const hello_frame& frame) {
  if (!admit(frame.token)) end(close_code::policy, "Invalid token");
}

void open_stream::on_frame(const subscribe_frame& frame) {
  auto& id = frame.id.str();
  auto& given = client_.who()->caller->given;
  bool may = (frame.samples.empty() || allowed(given, permission::sample_read)) &&
             (frame.events.empty() || allowed(given, permission::device_read));
  if (!may) return tell(error_frame(now(), "not_permitted", "Insufficient permissions", id));
  if (auto code = client_.subscribe(frame))
    return tell(error_frame(now(), *code, "The subscription was refused", id));
  tell(ack_frame(now(), id));
  if (!frame.samples.empty()) {
    auto sends = [self = shared_from_this(), patterns = frame.samples] {
      return self->send_latest(patterns);
    };
    net::co_spawn(all_.thread.io(), sends, net::detached);
  }
  go_on();
}

void open_stream::on_frame(const unsubscribe_frame& frame) {
  auto& id = frame.id.str();
  if (client_.unsubscribe(id)) return tell(ack_frame(now(), id));
  tell(error_frame(now(), "not_found", "There is no such subscription", id));
}

void open_stream::tell(std::string frame) {
  client_.queue.frame(std::move(frame));
  wake_.cancel();
}

/// Batches wait meanwhile: what is in them is newer.
net::awaitable<void> open_stream::send_latest(std::vector<stream_pattern> patterns) {
  auto self = shared_from_this();
  std::unordered_map<std::uint32_t, std::string> names;
  std::vector<std::uint32_t> series;
  for (auto& [number, name] : client_.visible(patterns)) {
    series.push_back(number);
    names.emplace(number, std::move(name));
  }
  ++latest_owed_;
  auto asked = ask<read_latest>(all_.desk.port(), node().historian, ask_within, series);
  auto latest = co_await std::move(asked);
  --latest_owed_;
  if (latest)
    for (auto& item : latest->items) {
      auto& name = names[item.series];
      sample_view view{name, item.time, std::move(item.value), item.quality};
      client_.queue.older_sample(name, json::encode(view));
    }
  all_.batch_later();
}

void open_stream::take(const stream_events& batch) {
  client_.take(*batch, now());
  wake_.cancel();
  go_on();
}

bool open_stream::batch_samples() {
  if (latest_owed_ > 0 || !client_.queue.has_samples()) return false;
  client_.queue.batch_samples(now());
  wake_.cancel();
  return client_.queue.has_samples();
}

/// Reads the journal for a subscription that is behind, if there is room for what is found.
void open_stream::go_on() {
  if (ended_ || catching_up_ || !client_.queue.has_room() || !client_.behind()) return;
  catching_up_ = true;
  auto reads = [self = shared_from_this()] { return self->catch_up(); };
  net::co_spawn(all_.thread.io(), reads, net::detached);
}

net::awaitable<void> open_stream::catch_up() {
  auto self = shared_from_this();
  while (!ended_ && client_.queue.has_room()) {
    auto lag = client_.behind();
    if (!lag) break;
    auto limit = slice_entries;
    auto asked = ask<read_journal>(all_.desk.port(), node().journal, ask_within, lag->after, limit);
    auto slice = co_await std::move(asked);
    if (!slice) break;  // the next event, or the next check, tries again
    client_.catch_up(*lag, *slice, all_.newest, now());
    wake_.cancel();
  }
  catching_up_ = false;
}

void open_stream::check() {
  if (ended_ || !is_known()) return;
  auto left = wall_time{std::chrono::seconds{client_.who()->caller->token_expires_s}} - now();
  auto who = all_.desk.tokens().check(token_).context;
  if (!who || left <= std::chrono::milliseconds{0}) return end(close_code::policy, "Session ended");
  if (left <= warn_before_end && !std::exchange(warned_, true))
    tell(server_frame("reauth_required", now(), "{}"));
  if (!same_rights(who->caller->given, client_.who()->caller->given)) {
    who->address = address_;
    client_.admit(std::move(who));
  }
  look_for_slowness();
  go_on();
}

void open_stream::look_for_slowness() {
  if (client_.queue.has_room()) {
    full_since_ = {};
  } else if (full_since_ == std::chrono::steady_clock::time_point{}) {
    full_since_ = steady_now();
  } else if (steady_now() - full_since_ >= all_.times.full) {
    node().tools.numbers->stream_slow_closed.Increment();
    end(close_code::overload, "Slow reader");
  }
}

void open_stream::end(close_code code, std::string_view reason) {
  ended_ = true;
  socket_.close(code, reason);
  wake_.cancel();
}

}  // namespace stellwerk::gateway
