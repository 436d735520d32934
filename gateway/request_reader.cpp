#include "gateway/request_reader.hpp"

#include <boost/asio/buffer.hpp>

#include "actors/model/codec_scalars.hpp"

namespace stellwerk::gateway {

request_reader::request_reader(http_request& request) : request_(request) {
  header_limit(head_bytes_max);
  body_limit(boost::none);  // counted here: a chunk may announce anything
  request_.fields.clear();
}

std::optional<http_errc> request_reader::take_head(std::string_view head) {
  error_code ec;
  put(net::buffer(head.data(), head.size()), ec);
  if (fault_) return fault_;
  if (ec || !head_done_) return http_errc::bad_request;
  eager(true);
  return {};
}

std::size_t request_reader::take_body(std::string_view bytes) {
  error_code ec;
  auto taken = put(net::buffer(bytes.data(), bytes.size()), ec);
  if (ec && ec != http::error::need_more && !too_large_) faulty_ = true;
  return taken;
}

void request_reader::on_request_impl(
    http::verb, view method, view target, int version, error_code& ec
) {
  auto known = method_from({method.data(), method.size()});
  if (target.size() > target_bytes_max) fault_ = http_errc::target_too_long;
  if (!known) fault_ = http_errc::method_unknown;
  if (fault_) return void(ec = http::error::bad_method);
  is_1_1_ = version == 11;
  request_.method = *known;
  request_.target.assign(target.data(), target.size());
}

void request_reader::on_field_impl(http::field, view name, view value, error_code& ec) {
  if (head_done_) return;  // a trailer: dropped, never merged
  if (request_.fields.size() == fields_max) {
    fault_ = http_errc::fields_too_large;
    return void(ec = http::error::header_limit);
  }
  request_.fields.push_back(
      {json::lower({name.data(), name.size()}), std::string{value.data(), value.size()}}
  );
}

std::size_t request_reader::on_body_impl(view part, error_code& ec) {
  if (part.size() > body_bytes_max_ - body.size()) {
    too_large_ = true;
    ec = http::error::body_limit;
    return 0;
  }
  body.append(part.data(), part.size());
  return part.size();
}

void request_reader::on_chunk_header_impl(std::uint64_t, view extensions, error_code& ec) {
  if (extensions.size() > extension_bytes_max) ec = http::error::bad_chunk_extension;
}

std::size_t request_reader::on_chunk_body_impl(std::uint64_t, view part, error_code& ec) {
  return on_body_impl(part, ec);
}

}  // namespace stellwerk::gateway
