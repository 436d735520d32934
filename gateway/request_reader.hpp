#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <optional>
#include <string>

#include "gateway/http.hpp"

namespace stellwerk::gateway {

namespace http = boost::beast::http;

/// One request out of a connection's bytes: first its head, which `framing_fault` has passed, then
/// its body, counted while it comes, whatever length was announced.
class request_reader final : public http::basic_parser<true> {
 public:
  static constexpr std::size_t target_bytes_max = 8 * 1024;
  static constexpr std::size_t head_bytes_max = 16 * 1024;
  static constexpr std::size_t fields_max = 100;
  static constexpr std::size_t extension_bytes_max = 256;

  /// Fills `request`, which outlives this.
  explicit request_reader(http_request& request);

  /// `head` is whole. What is wrong with it, if anything.
  std::optional<http_errc> take_head(std::string_view head);

  std::string body;

  /// From here on at most `bytes_max` of body are taken.
  void begin_body(std::size_t bytes_max) { body_bytes_max_ = bytes_max; }
  /// How many of `bytes` were taken; needs more if not `is_done()`. A fault ends the connection.
  std::size_t take_body(std::string_view bytes);
  bool is_1_1() const { return is_1_1_; }
  bool body_is_faulty() const { return faulty_; }
  bool body_is_too_large() const { return too_large_; }

 private:
  using error_code = boost::system::error_code;
  using view = boost::beast::string_view;

  void on_request_impl(http::verb, view method, view target, int version, error_code&) override;
  void on_response_impl(int, view, int, error_code&) override {}
  void on_field_impl(http::field, view name, view value, error_code&) override;
  void on_header_impl(error_code&) override { head_done_ = true; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
  std::size_t on_body_impl(view part, error_code&) override;
  void on_chunk_header_impl(std::uint64_t, view extensions, error_code&) override;
  std::size_t on_chunk_body_impl(std::uint64_t, view part, error_code&) override;
  void on_finish_impl(error_code&) override {}

  http_request& request_;
  std::optional<http_errc> fault_;
  std::size_t body_bytes_max_ = 0;
  bool is_1_1_ = false;
  bool head_done_ = false;
  bool faulty_ = false;
  bool too_large_ = false;
};

}  // namespace stellwerk::gateway
