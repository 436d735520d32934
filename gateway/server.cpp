#include "gateway/server.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <optional>
#include <thread>

#include "gateway/listener.hpp"
#include "gateway/serve.hpp"
#include "gateway/session.hpp"
#include "gateway/tls.hpp"

namespace stellwerk::gateway {

namespace {

constexpr std::size_t reserved_descriptors = 64;
constexpr std::chrono::milliseconds stop_looks_every{20};
constexpr std::chrono::milliseconds ending{1'000};  // for connections that were cut

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

std::size_t threads_of(const gateway_options& options) {
  if (options.io_threads > 0) return options.io_threads;
  return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 64);
}

struct place {
  bound_address bound;
  bool tls;
};

}  // namespace

struct server::shared_state {
  shared_state(const gateway_options& o, services&& s, session_times t)
      : options(o),
        all(std::move(s)),
        times(t),
        counts(affordable(o.connections_max), o.connections_per_address_max) {}

  gateway_options options;
  services all;
  session_times times;
  std::unique_ptr<net::ssl::context> tls;
  std::vector<place> places;
  connection_counts counts;
};

/// One thread with all it uses; members are destroyed before what they refer to.
struct server::io_thread {
  explicit io_thread(shared_state& shared)
      : port(io, shared.all.system, {.run_actors_here = true}),
        desk(shared.options, shared.all, port),
        writer(shared.all.tools.now),
        surroundings{
            [this](const http_request& request) { return desk.judge(request); },
            shared.all.tools,
            shared.times,
            all_deadlines,
            writer,
            ids} {
    for (auto& [bound, tls] : shared.places)
      listeners.push_back(std::make_unique<listener>(
          io, bound, tls ? shared.tls.get() : nullptr, surroundings, shared.counts
      ));
  }

  /// On this thread: refuses the new, waits for the open ones until `last`, then ends them.
  void stop(std::chrono::steady_clock::time_point last) {
    for (auto& one : listeners) one->stop();
    look_again(last);
  }
  void look_again(std::chrono::steady_clock::time_point last) {
    auto now = steady_now();
    auto open = std::ranges::any_of(listeners, [](auto& one) { return one->open_count() > 0; });
    if (open && now >= last) {
      port.close();
      for (auto& one : listeners) one->end_all();
    }
    if (open && now < last + ending) {
      stop_timer.expires_after(stop_looks_every);
      stop_timer.async_wait([this, last](boost::system::error_code) { look_again(last); });
      return;
    }
    port.close();
    all_deadlines.close();
    io.stop();
  }

  net::io_context io{1};  // one thread: no locks between its sessions
  net::steady_timer stop_timer{io};
  reply_port port;
  request_desk desk;
  deadlines all_deadlines{io};
  answer_writer writer;
  request_ids ids;
  session_surroundings surroundings;
  std::vector<std::unique_ptr<listener>> listeners;
  std::thread thread;
};

server::server(
    const gateway_options& options, const tls_options& tls, services all, session_times times
) {
  shared_ = std::make_unique<shared_state>(options, std::move(all), times);
  for (auto& url : options.listen) {
    auto at = listen_address_from(url).value();
    if (at.tls && !shared_->tls) shared_->tls = make_tls_context(tls);
    shared_->places.push_back({bound_address{at.endpoint}, at.tls});
  }
  for (std::size_t i = 0; i < threads_of(options); ++i)
    threads_.push_back(std::make_unique<io_thread>(*shared_));
}

server::~server() { stop(); }

void server::start() {
  for (auto& one : threads_)
    one->thread = std::thread{[&mine = *one] {
      for (auto& l : mine.listeners) l->start();
      auto busy = net::make_work_guard(mine.io);
      mine.io.run();
    }};
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
  auto last = steady_now() + shared_->times.stopping;
  for (auto& one : threads_)
    if (one->thread.joinable()) net::post(one->io, [&mine = *one, last] { mine.stop(last); });
  for (auto& one : threads_)
    if (one->thread.joinable()) one->thread.join();
  threads_.clear();  // ports go before the actor system
}

}  // namespace stellwerk::gateway
