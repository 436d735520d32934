#include "gateway/options.hpp"

#include <gtest/gtest.h>

namespace stellwerk::gateway {
namespace {

std::string first_path(const gateway_options& options, const tls_options& tls = {}) {
  auto found = check(options, tls);
  return found.empty() ? "" : found.front().path;
}

TEST(gateway_options, are_fine_as_they_are) {
  EXPECT_EQ(first_path({}), "");
  EXPECT_TRUE(check(metrics_options{}).empty());
}

TEST(gateway_options, refuse_addresses_that_are_none) {
  for (auto* url :
       {"", "127.0.0.1:80", "ftp://127.0.0.1:1", "http://localhost:80", "http://1.2.3.4",
        "http://1.2.3.4:65536", "http://1.2.3.4:1/x"}) {
    gateway_options options;
    options.listen = {"http://[::1]:0", url};
    EXPECT_EQ(first_path(options), "listen[1]") << url;
  }
  gateway_options none;
  none.listen = {};
  EXPECT_EQ(first_path(none), "listen");
  EXPECT_EQ(check(metrics_options{"9464"}).front().path, "listen");
}

TEST(gateway_options, want_a_certificate_for_https) {
  gateway_options options;
  options.listen = {"https://127.0.0.1:8443"};
  EXPECT_EQ(first_path(options), "listen");
  EXPECT_EQ(first_path(options, {"a.crt", "a.key"}), "");
}

TEST(gateway_options, refuse_origins_with_a_path_and_networks_that_are_none) {
  gateway_options options;
  options.allowed_origins = {"https://a.example", "https://a.example/"};
  EXPECT_EQ(first_path(options), "allowed_origins[1]");
  options.allowed_origins = {"*"};
  EXPECT_EQ(first_path(options), "allowed_origins[0]");
  options.allowed_origins = {};
  options.trusted_proxies = {"10.0.0.0/8", "proxy"};
  EXPECT_EQ(first_path(options), "trusted_proxies[1]");
}

}  // namespace
}  // namespace stellwerk::gateway
