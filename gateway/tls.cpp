#include "gateway/tls.hpp"

#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>

namespace stellwerk::gateway {

namespace ssl = boost::asio::ssl;

namespace {

constexpr auto ciphers_1_2 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr long session_life_s = 600;
constexpr long sessions_max = 20'000;  // about 10 MiB
constexpr std::string_view http_1_1{"\x08http/1.1", 9};

/// `http/1.1` if the client offers it; a client that offers only others is refused.
int select_protocol(
    SSL* /*connection*/, const unsigned char** out, unsigned char* length,
    const unsigned char* offered, unsigned offered_length, void* /*ours*/
) {
  std::string_view list{reinterpret_cast<const char*>(offered), offered_length};
  while (!list.empty()) {
    auto size = static_cast<std::size_t>(static_cast<unsigned char>(list.front())) + 1;
    if (list.substr(0, size) == http_1_1) {
      *out = reinterpret_cast<const unsigned char*>(http_1_1.data()) + 1;
      *length = static_cast<unsigned char>(http_1_1.size() - 1);
      return SSL_TLSEXT_ERR_OK;
    }
    list.remove_prefix(std::min(size, list.size()));
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

}  // namespace

std::unique_ptr<ssl::context> make_tls_context(const tls_options& options) {
  auto made = std::make_unique<ssl::context>(ssl::context::tls_server);
  auto* native = made->native_handle();
  auto refused = [](std::string what) { return std::runtime_error("[tls] " + what); };
  SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
  SSL_CTX_set_options(
      native, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                  SSL_OP_NO_TICKET
  );
  if (SSL_CTX_set_cipher_list(native, ciphers_1_2) != 1) throw refused("no usable ciphers");
  constexpr std::array<unsigned char, 9> id{'s', 't', 'e', 'l', 'l', 'w', 'e', 'r', 'k'};
  SSL_CTX_set_session_id_context(native, id.data(), id.size());
  SSL_CTX_set_timeout(native, session_life_s);
  SSL_CTX_sess_set_cache_size(native, sessions_max);
  SSL_CTX_set_alpn_select_cb(native, select_protocol, nullptr);
  boost::system::error_code ec;
  made->use_certificate_chain_file(options.certificate, ec);
  if (ec) throw refused("certificate: cannot be read: " + options.certificate);
  made->use_private_key_file(options.key, ssl::context::pem, ec);
  if (ec) throw refused("key: cannot be read, or not the certificate's: " + options.key);
  if (SSL_CTX_check_private_key(native) != 1) throw refused("key: not the certificate's");
  return made;
}

}  // namespace stellwerk::gateway
