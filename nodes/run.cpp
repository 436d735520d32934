#include "nodes/run.hpp"

#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>
#include <csignal>
#include <string_view>

#include "gateway/metrics_server.hpp"
#include "gateway/server.hpp"
#include "nodes/announce.hpp"
#include "nodes/health_watch.hpp"
#include "nodes/node.hpp"

namespace stellwerk {

namespace {

using namespace std::chrono_literals;
namespace net = boost::asio;

constexpr auto stop_within = 8s;

/// Nothing that was acknowledged is lost by it.
[[noreturn]] void end_at_once(int) {
  constexpr std::string_view words = R"({"level":"error","event":"node.ended_at_once"})"
                                     "\n";
  [[maybe_unused]] auto told = ::write(STDERR_FILENO, words.data(), words.size());
  ::_exit(exit_code::part_gave_up);
}

/// From now on a second signal or the deadline ends the process, whatever still hangs.
void limit_the_stop() {
  for (auto signal : {SIGINT, SIGTERM, SIGALRM}) std::signal(signal, end_at_once);
  ::alarm(static_cast<unsigned>(stop_within.count()));
}

/// Best effort: a node whose store is gone stops all the same.
void journal_own(caf::actor_system& system, const node& built, event_type type) {
  caf::scoped_actor self{system, true};
  commit what;
  what.events.push_back(make_event(type, "site/" + built.services->site, nullptr));
  self->request(built.store, 2s, std::move(what))
      .receive(
          [](committed&) {},
          [&](caf::error& why) {
            built.services->tools.lines->warn("node.not_journaled", {{"why", render(why)}});
          }
      );
}

bool tell_start(const instruments& tools, const node_options& options) {
  tools.lines->info("node.starting", {{"version", STELLWERK_VERSION}, {"site", options.site}});
  return true;
}

class node_process {
 public:
  node_process(const node_options& options, run_facts facts, instruments tools)
      : options_(options),
        tools_(std::move(tools)),
        demo_(facts.demo),
        built_(build_node(system_, options, std::move(facts), tools_)),
        watch_(watch_over(system_, built_.parents, [this](auto& name, auto& why) {
          tools_.lines->error("node.part_gave_up", {{"part", name}, {"why", why}});
          end_with(exit_code::part_gave_up);
        })) {
    signals_.async_wait([this](auto ec, int) {
      if (!ec) end_with(exit_code::asked_to_stop);
    });
  }

  int serve(std::chrono::steady_clock::time_point started) {
    auto administered = load_node(system_, built_, demo_);
    gateway::server http{options_.gateway, options_.tls, *built_.services};
    gateway::metrics_server numbers{options_.metrics, tools_};
    http.start();
    journal_own(system_, built_, event_type::node_started);
    started_ = true;
    auto& health = *built_.services->health;
    health.ready = true;
    std::chrono::duration<double> took = meter_now() - started;
    tools_.numbers->start_seconds.Set(took.count());
    tools_.lines->info("node.ready", {{"site", options_.site}, {"seconds", took.count()}});
    announce_ready(
        {http.addresses(), numbers.address(), administered ? "" : setup_token_file(options_)}
    );
    notify_service_manager("READY=1");

    health_watch watch{io_, options_, health, tools_};
    watch.look();
    io_.run();

    limit_the_stop();
    notify_service_manager("STOPPING=1");
    health.ready = false;
    health.stopping = true;
    http.stop();
    return status_;
  }

  void stop() {
    tools_.lines->info("node.stopping", {{"status", std::int64_t{status_}}});
    caf::anon_send_exit(watch_, caf::exit_reason::kill);
    if (started_) journal_own(system_, built_, event_type::node_stopped);
    stop_in_order(system_, built_.parents, stop_within);
  }

 private:
  void end_with(int status) {
    net::post(io_, [this, status] {
      status_ = status;
      io_.stop();
    });
  }

  const node_options& options_;
  instruments tools_;
  bool demo_;
  net::io_context io_{1};
  net::signal_set signals_{io_, SIGINT, SIGTERM};  // before the databases are opened
  const bool told_ = tell_start(tools_, options_);  // from here on it stops in order
  bool started_ = false;
  int status_ = exit_code::asked_to_stop;
  caf_config config_{tools_.numbers};
  caf::actor_system system_{config_};
  node built_;
  caf::actor watch_;
};

}  // namespace

int run(const node_options& options, run_facts facts) {
  auto started = meter_now();
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGHUP, SIG_IGN);
  auto tools = system_instruments();
  node_process process{options, std::move(facts), tools};
  try {
    auto status = process.serve(started);
    process.stop();
    return status;
  } catch (const std::exception& why) {
    tools.lines->error("node.not_started", {{"why", std::string{why.what()}}});
    limit_the_stop();
    process.stop();  // else the actor system would wait for its actors
    throw;
  }
}

}  // namespace stellwerk
