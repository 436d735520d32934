#include "gateway/metrics_server.hpp"

#include "gateway/io_thread.hpp"

namespace stellwerk::gateway {

namespace {

constexpr std::size_t connections_max = 32;

head_verdict judge(const http_request& request, const metrics_ptr& numbers) {
  if (request.path() != "/metrics") return problem_answer(errc::not_found, request.request_id);
  if (request.method != http_method::get && request.method != http_method::head) {
    auto refused = problem_answer(http_errc::method_not_allowed, request.request_id);
    refused.fields.push_back({"Allow", "GET, HEAD"});
    return refused;
  }
  http_answer answer;
  answer.type = "text/plain; version=0.0.4; charset=utf-8";
  answer.body = numbers->text();
  return answer;
}

}  // namespace

struct metrics_server::parts {
  parts(const boost::asio::ip::tcp::endpoint& wanted, const instruments& tools)
      : bound(wanted),
        thread(
            [numbers = tools.numbers](const http_request& request) {
              return judge(request, numbers);
            },
            tools, session_times{}
        ) {
    thread.listen(bound, nullptr, counts);
    thread.start();
  }

  bound_address bound;
  connection_counts counts{connections_max, connections_max};
  io_thread thread;
};

metrics_server::metrics_server(const metrics_options& options, instruments tools) {
  if (options.listen.empty()) return;
  parts_ = std::make_unique<parts>(endpoint_from(options.listen).value(), tools);
}

metrics_server::~metrics_server() = default;

std::string metrics_server::address() const {
  return parts_ ? to_text(parts_->bound.endpoint()) : std::string{};
}

}  // namespace stellwerk::gateway
