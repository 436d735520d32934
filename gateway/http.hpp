#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/describe.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "actors/model/error.hpp"

/// HTTP as values: what is above sockets and Beast speaks these.
namespace stellwerk::gateway {

namespace net = boost::asio;

enum class http_method : std::uint8_t { get, head, post, put, patch, delete_, options };
BOOST_DESCRIBE_ENUM(http_method, get, head, post, put, patch, delete_, options)

/// `GET`; the word on the wire is the only spelling.
std::string_view name_of(http_method method);
std::optional<http_method> method_from(std::string_view name);

/// Text that is there for ever.
class literal {
 public:
  consteval literal(const char* text) : text_(text) {}
  constexpr operator std::string_view() const { return text_; }
  constexpr bool empty() const { return text_.empty(); }
  friend constexpr bool operator==(literal a, std::string_view b) { return a.text_ == b; }

 private:
  std::string_view text_;
};

struct http_field {
  std::string name;  // in lower case
  std::string value;
};
struct answer_field {
  literal name;
  std::string value;
};

struct http_request {
  http_method method = http_method::get;
  std::string target;  // as it came, origin form
  std::vector<http_field> fields;
  std::string peer;  // address at the other end of the socket
  bool tls = false;
  std::string request_id;

  std::string_view path() const { return std::string_view{target}.substr(0, target.find('?')); }
  /// Without the question mark; empty if there is none.
  std::string_view query() const;
  /// The only value of a field; empty if it is missing or there are several.
  std::string_view field(std::string_view name) const;
  std::size_t count(std::string_view name) const;
};

/// The next piece of a body that is made while it is sent; an empty one is the end. None: it cannot
/// be made, and the connection ends without the last chunk, so that nobody takes what was sent for
/// the whole; HTTP/1.0 has no way to say that.
using body_source = std::function<net::awaitable<std::optional<std::string>>()>;

struct http_answer {
  int status = 200;
  literal type = "";  // media type of the body
  std::string body = {};
  std::vector<answer_field> fields = {};  // beyond those that every answer has
  literal cache = "no-store";
  body_source more = {};  // instead of `body`
};

/// Refusals that HTTP itself asks for, and their `code` in the problem's body.
enum class http_errc : std::uint8_t {
  bad_request,
  misdirected,
  method_not_allowed,
  target_too_long,
  expectation_failed,
  upgrade_required,
  fields_too_large,
  method_unknown,
  version_unknown,
};
int status_of(http_errc code);

/// `application/problem+json`. Nothing of the inside is in it but what `why` says for clients.
http_answer problem_answer(const refusal& why, std::string_view request_id);
http_answer problem_answer(http_errc code, std::string_view request_id);
inline http_answer problem_answer(errc code, std::string_view request_id) {
  refusal why{code, std::string{row_of(code).title}, {}};
  return problem_answer(why, request_id);
}

class web_socket;

/// What a request's head may lead to: an answer at once, or one of these three.
struct answer_wanted {
  std::function<net::awaitable<http_answer>()> run;
};
struct body_wanted {
  std::size_t bytes_max = 0;
  /// Without a body: it is larger than that.
  std::function<net::awaitable<http_answer>(std::optional<std::string> body)> run;
};
struct upgrade_wanted {
  std::string protocol;  // the subprotocol that is echoed; empty: none
  /// Asked before the upgrade is answered: an answer refuses it.
  std::function<net::awaitable<std::optional<http_answer>>()> refuse;
  std::function<net::awaitable<void>(web_socket&)> run;
};
using head_verdict = std::variant<http_answer, answer_wanted, body_wanted, upgrade_wanted>;

/// Judges a request by its head alone; runs on the connection's thread and does not wait. The
/// request outlives what the verdict runs.
using http_handler = std::function<head_verdict(const http_request&)>;

}  // namespace stellwerk::gateway
