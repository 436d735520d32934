#include "gateway/stream_hub.hpp"

#include <algorithm>
#include <caf/send.hpp>

#include "gateway/ask_row.hpp"
#include "gateway/request_head.hpp"
#include "gateway/stream_upgrade.hpp"

namespace stellwerk::gateway {

namespace {

constexpr route stream_row{
    {.id = "stream",
     .method = http_method::get,
     .path = stream_hub::path,
     .summary = "Samples and events as they come",
     .needs = any_log_in,
     .limit = rate_class::ws_connect}};

}  // namespace

stream_hub::stream_hub(
    io_thread& thread, request_desk& desk, stream_limits& limits, stream_times times
)
    : all_{thread, desk, limits, times},
      batch_timer_(thread.io()),
      check_timer_(thread.io()),
      fanout_(
          thread.io(), desk.all().system, desk.all().tools.numbers,
          [this](const stream_samples& batch) { take(batch); },
          [this](const stream_events& batch) { take(batch); }
      ) {
  all_.batch_later = [this] { batch_later(); };
  caf::anon_send(desk.all().streams, join_streams{fanout_.handle()});
}

head_verdict stream_hub::judge(const http_request& request) {
  auto& desk = all_.desk;
  auto c = desk.begin(stream_row, request, {});
  std::optional<http_answer> unknown;
  if (request.count("authorization") == 0)
    c->context = std::make_shared<call_context>();
  else
    unknown = desk.refuse_caller(*c);
  if (auto refused = desk.refuse_peer(request)) return desk.refuse(c, std::move(*refused));
  if (auto refused = upgrade_fault(request, desk.options().allowed_origins, desk.trusted_proxies()))
    return desk.refuse(c, std::move(*refused));
  if (unknown) return desk.refuse(c, std::move(*unknown));
  std::string token{bearer_token(request)};
  upgrade_wanted wanted;
  if (request.count("sec-websocket-protocol") != 0) wanted.protocol = stream_protocol;
  wanted.refuse = [this, c] { return refuse(c); };
  wanted.run = [this, address = c->address, token](web_socket& socket) {
    return run(socket, address, token);
  };
  return wanted;
}

net::awaitable<std::optional<http_answer>> stream_hub::refuse(std::shared_ptr<call> c) {
  auto passing = pass(*c);
  auto passed = co_await std::move(passing);
  std::optional<http_answer> answer;
  if (passed)
    all_.desk.finish(*c, {.status = 101});
  else
    answer = all_.desk.finish(*c, refused_answer(*c, passed.error()));
  co_return answer;
}

net::awaitable<void> stream_hub::run(web_socket socket, std::string address, std::string token) {
  auto one = std::make_shared<open_stream>(std::move(socket), std::move(address), all_);
  auto& level = all_.desk.all().tools.numbers->streams_open;
  open_.push_back(one);
  level.Increment();
  check_later();
  co_await one->run(std::move(token));
  open_.remove(one);
  level.Decrement();
}

void stream_hub::take(const stream_samples& batch) {
  std::size_t merged = 0;
  for (auto& one : open_)
    if (one->is_known()) merged += one->take(batch);
  all_.desk.all().tools.numbers->stream_samples_merged.Increment(static_cast<double>(merged));
  batch_later();
}

void stream_hub::take(const stream_events& batch) {
  if (batch->empty()) return;
  all_.newest = batch->back().entry.seq;
  for (auto& one : open_)
    if (one->is_known()) one->take(batch);
}

void stream_hub::batch_later() {
  if (batch_armed_ || open_.empty()) return;
  batch_armed_ = true;
  batch_timer_.expires_at(std::max(batched_at_ + all_.times.batch, steady_now()));
  batch_timer_.async_wait([this](boost::system::error_code ec) {
    if (ec) return;
    batch_armed_ = false;
    batch_samples();
  });
}

void stream_hub::batch_samples() {
  batched_at_ = steady_now();
  bool more = false;
  for (auto& one : open_) more = one->batch_samples() || more;
  if (more) batch_later();
}

void stream_hub::check_later() {
  if (check_armed_ || open_.empty()) return;
  check_armed_ = true;
  check_timer_.expires_after(all_.times.check);
  check_timer_.async_wait([this](boost::system::error_code ec) {
    if (ec) return;
    check_armed_ = false;
    check_all();
    check_later();
  });
}

void stream_hub::check_all() {
  auto all = open_;  // one that ends may leave the list
  for (auto& one : all) one->check();
}

void stream_hub::stop() {
  auto all = open_;
  for (auto& one : all) one->end(close_code::going_away, "Going away");
}

}  // namespace stellwerk::gateway
