#include "gateway/metrics_server.hpp"

#include <boost/asio/post.hpp>
#include <thread>

#include "gateway/listener.hpp"
#include "gateway/session.hpp"

namespace stellwerk::gateway {

namespace {

constexpr std::size_t connections_max = 32;

head_verdict judge(const http_request& request, const metrics_ptr& numbers) {
  if (request.path() != "/metrics") return problem_answer(errc::not_found, request.request_id);
  if (request.method != http_method::get && request.method != http_method::head)
    return problem_answer(http_errc::method_not_allowed, request.request_id);
  http_answer answer;
  answer.type = "text/plain; version=0.0.4; charset=utf-8";
  answer.body = numbers->text();
  return answer;
}

}  // namespace

struct metrics_server::io_thread {
  io_thread(const tcp::endpoint& wanted, const instruments& tools)
      : bound(wanted),
        writer(tools.now),
        surroundings{
            [numbers = tools.numbers](const http_request& request) {
              return judge(request, numbers);
            },
            tools,
            {},
            all_deadlines,
            writer,
            ids},
        door(io, bound, nullptr, surroundings, counts),
        thread([this] {
          door.start();
          io.run();
        }) {}
  ~io_thread() {
    net::post(io, [this] {
      door.stop();
      door.end_all();
      all_deadlines.close();
      io.stop();
    });
    thread.join();
  }

  bound_address bound;
  net::io_context io{1};
  connection_counts counts{connections_max, connections_max};
  deadlines all_deadlines{io};
  answer_writer writer;
  request_ids ids;
  session_surroundings surroundings;
  listener door;
  std::thread thread;  // last: it uses all of the above
};

metrics_server::metrics_server(const metrics_options& options, instruments tools) {
  if (options.listen.empty()) return;
  thread_ = std::make_unique<io_thread>(endpoint_from(options.listen).value(), tools);
}

metrics_server::~metrics_server() = default;

std::string metrics_server::address() const {
  return thread_ ? to_text(thread_->bound.endpoint()) : std::string{};
}

}  // namespace stellwerk::gateway
