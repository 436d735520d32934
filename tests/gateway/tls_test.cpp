#include "gateway/tls.hpp"

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <boost/asio/read.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <cstdio>
#include <memory>
#include <stdexcept>

#include "tests/gateway/server_fixture.hpp"

namespace stellwerk::gateway {
namespace {

namespace ssl = net::ssl;

template <auto Free>
struct freed {
  template <class T>
  void operator()(T* x) const {
    Free(x);
  }
};

/// A key and a certificate for it, as PEM files `NAME.key` and `NAME.crt`.
tls_options made_certificate(const std::string& name) {
  auto path = testing::TempDir() + name;
  std::unique_ptr<EVP_PKEY, freed<EVP_PKEY_free>> key{EVP_EC_gen("P-256")};
  std::unique_ptr<X509, freed<X509_free>> made{X509_new()};
  X509_set_version(made.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
  auto* subject = X509_get_subject_name(made.get());
  auto* host = reinterpret_cast<const unsigned char*>("localhost");
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, host, -1, -1, 0);
  X509_set_issuer_name(made.get(), subject);
  X509_set_pubkey(made.get(), key.get());
  X509_sign(made.get(), key.get(), EVP_sha256());
  auto write = [](const std::string& file, auto put) {
    std::unique_ptr<FILE, freed<fclose>> out{fopen(file.c_str(), "w")};
    put(out.get());
  };
  write(path + ".key", [&](FILE* out) {
    PEM_write_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  write(path + ".crt", [&](FILE* out) { PEM_write_X509(out, made.get()); });
  return {path + ".crt", path + ".key"};
}

class tls_test : public server_fixture {
 protected:
  void SetUp() override {
    tls = made_certificate("server");
    options.listen = {"https://127.0.0.1:0"};
    options.io_threads = 1;
    times.session.stopping = 500ms;
    start_server();
  }

  struct secure_client {
    explicit secure_client(std::uint16_t port) {
      socket.next_layer().connect({net::ip::address_v4::loopback(), port});
    }
    boost::system::error_code handshake() {
      boost::system::error_code ec;
      socket.handshake(ssl::stream_base::client, ec);
      return ec;
    }
    std::string exchange(std::string_view bytes) {
      boost::system::error_code ec;
      net::write(socket, net::buffer(bytes.data(), bytes.size()), ec);
      std::string answer;
      net::read(socket, net::dynamic_buffer(answer), ec);
      clean_end = ec == net::error::eof;
      return answer;
    }
    net::io_context io;
    ssl::context context{ssl::context::tls_client};
    ssl::stream<net::ip::tcp::socket> socket{io, context};
    bool clean_end = false;
  };
};

constexpr std::string_view ask_health =
    "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

TEST_F(tls_test, speaks_http_1_1_over_tls_1_3) {
  secure_client one{port()};
  constexpr unsigned char offered[] = "\x02h2\x08http/1.1";
  SSL_set_alpn_protos(one.socket.native_handle(), offered, sizeof offered - 1);
  ASSERT_FALSE(one.handshake());
  const unsigned char* chosen = nullptr;
  unsigned length = 0;
  SSL_get0_alpn_selected(one.socket.native_handle(), &chosen, &length);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(chosen), length), "http/1.1");
  EXPECT_EQ(SSL_version(one.socket.native_handle()), TLS1_3_VERSION);
  auto answer = one.exchange(ask_health);
  EXPECT_EQ(status_of_bytes(answer), 200);
  EXPECT_NE(
      answer.find("Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n"),
      std::string::npos
  );
  EXPECT_TRUE(one.clean_end) << "said goodbye";
}

TEST_F(tls_test, speaks_tls_1_2_with_forward_secrecy_only) {
  secure_client one{port()};
  SSL_set_max_proto_version(one.socket.native_handle(), TLS1_2_VERSION);
  ASSERT_FALSE(one.handshake());
  EXPECT_EQ(status_of_bytes(one.exchange(ask_health)), 200);
  for (auto* ciphers : {"AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256"}) {
    secure_client weak{port()};
    SSL_set_max_proto_version(weak.socket.native_handle(), TLS1_2_VERSION);
    ASSERT_EQ(SSL_set_cipher_list(weak.socket.native_handle(), ciphers), 1);
    EXPECT_TRUE(weak.handshake()) << ciphers;
  }
}

TEST_F(tls_test, refuses_what_is_older_or_other) {
  secure_client old{port()};
  SSL_set_min_proto_version(old.socket.native_handle(), TLS1_1_VERSION);
  SSL_set_max_proto_version(old.socket.native_handle(), TLS1_1_VERSION);
  EXPECT_TRUE(old.handshake());
  secure_client other{port()};
  constexpr unsigned char offered[] = "\x02h2";
  SSL_set_alpn_protos(other.socket.native_handle(), offered, sizeof offered - 1);
  EXPECT_TRUE(other.handshake());
  auto plain = exchange(ask_health);
  EXPECT_EQ(status_of_bytes(plain), 0) << plain;
  secure_client good{port()};
  ASSERT_FALSE(good.handshake()) << "one failed handshake is nobody else's";
  EXPECT_EQ(status_of_bytes(good.exchange(ask_health)), 200);
  EXPECT_EQ(tools.numbers->tls_failures.Value(), 3);
}

TEST_F(tls_test, does_not_start_with_files_that_do_not_belong_together) {
  auto other = made_certificate("other");
  auto says = [](const tls_options& files) {
    try {
      make_tls_context(files);
    } catch (const std::runtime_error& why) {
      return std::string{why.what()};
    }
    return std::string{"nothing"};
  };
  EXPECT_EQ(says({tls.certificate, tls.key}), "nothing");
  EXPECT_NE(says({tls.certificate, other.key}).find("not the certificate's"), std::string::npos);
  EXPECT_NE(says({"none.crt", tls.key}).find("cannot be read: none.crt"), std::string::npos);
  EXPECT_NE(says({tls.certificate, "none.key"}).find("none.key"), std::string::npos);
}

}  // namespace
}  // namespace stellwerk::gateway
