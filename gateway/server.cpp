#include "gateway/server.hpp"

#include <sys/resource.h>

#include <algorithm>

#include "gateway/io_thread.hpp"
#include "gateway/serve.hpp"
#include "gateway/stream_hub.hpp"
#include "gateway/tls.hpp"

namespace stellwerk::gateway {

namespace {

constexpr std::size_t reserved_descriptors = 64;

/// As many connections as wanted, if there are descriptors for them: the soft limit is raised.
std::size_t affordable(std::size_t wanted) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return wanted;
  if (files.rlim_cur < files.rlim_max) {
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
    ::getrlimit(RLIMIT_NOFILE, &files);
  }
  auto most = static_cast<std::size_t>(files.rlim_cur);
  return most > reserved_descriptors ? std::min(wanted, most - reserved_descriptors) : 1;
}

struct place {
  bound_address bound;
  bool tls;
};

}  // namespace

struct server::shared_state {
  shared_state(const gateway_options& o, services&& s, server_times t)
      : options(o),
        all(std::move(s)),
        times(t),
        counts(affordable(o.connections_max), o.connections_per_address_max) {}

  gateway_options options;
  services all;
  server_times times;
  std::unique_ptr<net::ssl::context> tls;
  std::vector<place> places;
  connection_counts counts;
  stream_limits limits;
};

/// An I/O thread and what it serves with; members are destroyed before what they refer to.
struct server::worker {
  explicit worker(shared_state& shared)
      : thread(
            [this](const http_request& request) { return judge(request); }, shared.all.tools,
            shared.times.session
        ),
        port(thread.io(), shared.all.system, {.run_actors_here = true}),
        desk(shared.options, shared.all, port),
        streams(thread, desk, shared.limits, shared.times.stream) {
    for (auto& [bound, tls] : shared.places)
      thread.listen(bound, tls ? shared.tls.get() : nullptr, shared.counts);
  }

  head_verdict judge(const http_request& request) {
    return request.path() == stream_hub::path ? streams.judge(request) : desk.judge(request);
  }

  io_thread thread;
  reply_port port;
  request_desk desk;
  stream_hub streams;
};

server::server(
    const gateway_options& options, const tls_options& tls, services all, server_times times
) {
  shared_ = std::make_unique<shared_state>(options, std::move(all), times);
  for (auto& url : options.listen) {
    auto at = listen_address_from(url).value();
    if (at.tls && !shared_->tls) shared_->tls = make_tls_context(tls);
    shared_->places.push_back({bound_address{at.endpoint}, at.tls});
  }
  for (std::size_t i = 0; i < io_threads_of(options); ++i)
    workers_.push_back(std::make_unique<worker>(*shared_));
}

server::~server() { stop(); }

void server::start() {
  for (auto& one : workers_) one->thread.start();
}

std::vector<std::string> server::addresses() const {
  std::vector<std::string> all;
  for (auto& [bound, tls] : shared_->places)
    all.push_back((tls ? "https://" : "http://") + to_text(bound.endpoint()));
  return all;
}

std::vector<std::uint16_t> server::ports() const {
  std::vector<std::uint16_t> all;
  for (auto& one : shared_->places) all.push_back(one.bound.endpoint().port());
  return all;
}

void server::stop() {
  shared_->all.health->stopping = true;
  for (auto& one : workers_)
    one->thread.begin_stop(
        [&mine = *one] { mine.streams.stop(); }, [&mine = *one] { mine.port.close(); }
    );
  for (auto& one : workers_) one->thread.join();
  workers_.clear();  // ports go before the actor system
}

}  // namespace stellwerk::gateway
