#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "actors/model/time.hpp"
#include "gateway/http.hpp"

namespace stellwerk::gateway {

/// How one answer travels.
struct answer_frame {
  std::string_view request_id;
  bool head_only = false;  // to HEAD: the fields of GET without its body
  bool close = false;
  bool tls = false;
  bool chunked = false;  // a body that comes in pieces; else such a one ends with the connection
};

/// One chunk of a body in pieces; an empty `piece` is the end.
void append_chunk(std::string& out, std::string_view piece);

/// Answers to bytes, with the fields that every answer carries. One object per I/O thread.
class answer_writer {
 public:
  explicit answer_writer(wall_clock now) : now_(std::move(now)) {}

  void write(std::string& out, const http_answer& answer, const answer_frame& frame);
  /// The fields alone, one CRLF line each: for answers that Beast writes (101).
  std::string_view constant_fields() const;

 private:
  std::string_view date();

  wall_clock now_;
  std::int64_t date_second_ = -1;
  std::string date_;
};

/// Random UUIDs for `X-Request-ID`, drawn 64 at a time. One object per I/O thread.
class request_ids {
 public:
  std::string next();

 private:
  std::array<std::uint8_t, 1024> pool_;
  std::size_t used_ = 1024;
};

}  // namespace stellwerk::gateway
