#include "gateway/answer_writer.hpp"

#include <charconv>
#include <span>

#include "actors/model/ids.hpp"

namespace stellwerk::gateway {

namespace {

constexpr std::string_view always =
    "Server: Stellwerk\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: SAMEORIGIN\r\n"
    "X-XSS-Protection: 1; mode=block\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "Content-Security-Policy: default-src 'self'; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'self'\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Permissions-Policy: camera=(), microphone=(), geolocation=()\r\n"
    "Vary: Origin\r\n";
constexpr std::string_view tls_only =
    "Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n";

std::string_view reason_of(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    default:
      return status < 400 ? "OK" : "Refused";  // nobody reads it; the body says more
  }
}

bool has_no_body(int status) { return status == 204 || status == 304; }

}  // namespace

void answer_writer::write(std::string& out, const http_answer& answer, const answer_frame& frame) {
  auto line = [&](std::string_view name, std::string_view value) {
    out.append(name).append(": ").append(value).append("\r\n");
  };
  out.reserve(out.size() + 1024 + answer.body.size());
  out.append("HTTP/1.1 ").append(std::to_string(answer.status)).append(" ");
  out.append(reason_of(answer.status)).append("\r\n");
  line("Date", date());
  line("X-Request-ID", frame.request_id);
  out += always;
  if (frame.tls) out += tls_only;
  line("Cache-Control", answer.cache);
  for (auto& field : answer.fields) line(field.name, field.value);
  if (!answer.type.empty()) line("Content-Type", answer.type);
  if (frame.chunked)
    line("Transfer-Encoding", "chunked");
  else if (!answer.more && !has_no_body(answer.status))
    line("Content-Length", std::to_string(answer.body.size()));
  if (frame.close) line("Connection", "close");
  out += "\r\n";
  if (frame.head_only || has_no_body(answer.status) || answer.more) return;
  out += answer.body;
}

void append_chunk(std::string& out, std::string_view piece) {
  std::array<char, 16> digits{};
  auto* end = std::to_chars(digits.data(), digits.data() + digits.size(), piece.size(), 16).ptr;
  out.append(digits.data(), end).append("\r\n").append(piece).append("\r\n");
}

std::string_view answer_writer::constant_fields() const { return always; }

std::string_view answer_writer::date() {
  constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                              "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  auto second = std::chrono::floor<std::chrono::seconds>(now_());
  if (second.time_since_epoch().count() == date_second_) return date_;
  date_second_ = second.time_since_epoch().count();
  auto day = std::chrono::floor<std::chrono::days>(second);
  std::chrono::year_month_day on{day};
  std::chrono::hh_mm_ss at{second - day};
  auto two = [](auto number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  date_ = days[std::chrono::weekday{day}.c_encoding()];
  date_ += ", " + two(unsigned{on.day()}) + ' ' + months[unsigned{on.month()} - 1] + ' ' +
           std::to_string(int{on.year()}) + ' ' + two(at.hours().count()) + ':' +
           two(at.minutes().count()) + ':' + two(at.seconds().count()) + " GMT";
  return date_;
}

std::string request_ids::next() {
  if (used_ == pool_.size()) {
    fill_random(pool_);
    used_ = 0;
  }
  std::span<const std::uint8_t, 16> bytes{pool_.data() + used_, 16};
  used_ += 16;
  return uuid_v4_of(bytes);
}

}  // namespace stellwerk::gateway
