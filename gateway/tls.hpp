#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "gateway/options.hpp"

namespace stellwerk::gateway {

/// TLS 1.2 and 1.3, AEAD with forward secrecy only, server's order, HTTP/1.1 in ALPN; no
/// compression, no renegotiation, no early data. Throws std::runtime_error if the files cannot be
/// read or do not match.
std::unique_ptr<boost::asio::ssl::context> make_tls_context(const tls_options& options);

}  // namespace stellwerk::gateway
