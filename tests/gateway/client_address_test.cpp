#include "gateway/client_address.hpp"

#include <gtest/gtest.h>

namespace stellwerk::gateway {
namespace {

http_request from(std::string peer, std::vector<http_field> fields) {
  http_request made;
  made.peer = std::move(peer);
  made.fields = std::move(fields);
  return made;
}

const auto proxies = ranges_from({"10.0.0.0/8", "::1"});

TEST(client_address, is_the_peer_unless_that_is_a_trusted_proxy) {
  EXPECT_EQ(
      client_address(from("192.0.2.1", {{"x-forwarded-for", "1.2.3.4"}}), proxies), "192.0.2.1"
  );
  EXPECT_EQ(client_address(from("10.0.0.1", {{"x-forwarded-for", "1.2.3.4"}}), {}), "10.0.0.1");
  EXPECT_EQ(client_address(from("10.0.0.1", {{"x-forwarded-for", "1.2.3.4"}}), proxies), "1.2.3.4");
}

TEST(client_address, is_the_first_untrusted_one_from_the_right) {
  auto hops = from("10.0.0.1", {{"x-forwarded-for", "6.6.6.6, 1.2.3.4, 10.0.0.9"}});
  EXPECT_EQ(client_address(hops, proxies), "1.2.3.4");
  auto in_two =
      from("::1", {{"x-forwarded-for", "6.6.6.6,1.2.3.4"}, {"x-forwarded-for", "10.1.1.1"}});
  EXPECT_EQ(client_address(in_two, proxies), "1.2.3.4");
}

TEST(client_address, stays_the_peer_when_the_field_is_malformed) {
  std::string many;
  for (int i = 0; i < 33; ++i) many += "1.2.3.4,";
  for (auto& value :
       {std::string{"unknown"}, std::string{"1.2.3.4:80"}, std::string{"1.2.3.4,"},
        std::string{"fe80::1%eth0"}, many + "1.2.3.4", std::string{}})
    EXPECT_EQ(client_address(from("10.0.0.1", {{"x-forwarded-for", value}}), proxies), "10.0.0.1")
        << value;
}

TEST(client_address, takes_one_real_ip_if_there_is_no_list) {
  EXPECT_EQ(client_address(from("10.0.0.1", {{"x-real-ip", "1.2.3.4"}}), proxies), "1.2.3.4");
  auto two = from("10.0.0.1", {{"x-real-ip", "1.2.3.4"}, {"x-real-ip", "1.2.3.5"}});
  EXPECT_EQ(client_address(two, proxies), "10.0.0.1");
}

TEST(address_range, knows_networks_of_both_families) {
  auto inside = [](const char* range, const char* one) {
    return address_range::from(range)->contains(boost::asio::ip::make_address(one));
  };
  EXPECT_TRUE(inside("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(inside("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(inside("192.168.1.128/25", "192.168.1.200"));
  EXPECT_FALSE(inside("192.168.1.128/25", "192.168.1.100"));
  EXPECT_TRUE(inside("fd00::/8", "fdff::1"));
  EXPECT_FALSE(inside("fd00::/8", "10.0.0.1"));
  EXPECT_TRUE(inside("0.0.0.0/0", "1.2.3.4"));
  for (auto* bad : {"", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/x", "a", "10.0.0.0/-1"})
    EXPECT_FALSE(address_range::from(bad)) << bad;
}

}  // namespace
}  // namespace stellwerk::gateway
