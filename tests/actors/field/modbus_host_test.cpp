#include "actors/field/modbus_host.hpp"

#include <gtest/gtest.h>

namespace stellwerk {
namespace {

using namespace std::chrono_literals;

bool allowed(const char* address, const field_options& options = {}) {
  auto ip = ip_from(address);
  return ip && allowed_host(*ip, options);
}

TEST(modbus_host, may_be_local_or_private) {
  for (auto address :
       {"127.0.0.1", "127.9.9.9", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.178.2",
        "169.254.1.1", "::1", "fd00::1", "fe80::1", "::ffff:10.0.0.1"})
    EXPECT_TRUE(allowed(address)) << address;
}

TEST(modbus_host, may_not_be_anywhere_else) {
  for (auto address :
       {"8.8.8.8", "172.32.0.1", "172.15.0.1", "192.169.0.1", "0.0.0.0", "255.255.255.255",
        "224.0.0.1", "::", "2001:db8::1", "::ffff:8.8.8.8", "ff02::1"})
    EXPECT_FALSE(allowed(address)) << address;
}

TEST(modbus_host, may_be_in_a_network_of_the_options) {
  field_options options;
  options.allowed_networks = {"198.51.100.0/24", "2001:db8::/32"};
  EXPECT_TRUE(check(options).empty());
  EXPECT_TRUE(allowed("198.51.100.77", options));
  EXPECT_FALSE(allowed("198.51.101.77", options));
  EXPECT_TRUE(allowed("2001:db8:1::5", options));
  EXPECT_TRUE(check_host("198.51.100.77", options).empty());
  EXPECT_EQ(check_host("198.51.101.77", options).at(0).code, "out_of_range");
}

TEST(modbus_host, networks_of_the_options_are_checked) {
  field_options options;
  options.allowed_networks = {"10.0.0.0/8", "10.0.0.0/33", "ten", "::/129", "10.0.0.0/", "1.2.3.4"};
  auto found = check(options);
  ASSERT_EQ(found.size(), 4u);
  EXPECT_EQ(found[0].path, "allowed_networks[1]");
}

TEST(modbus_host, is_a_name_or_an_address) {
  for (auto name : {"plc-7", "plc.example", "gateway_1.lan"})
    EXPECT_TRUE(check_host(name, {}).empty()) << name;
  for (auto wrong :
       {"", "a b", "http://plc", "10.0.0", "10.0.0.256", ".plc", "-plc", "a..b", "[::1]"})
    EXPECT_EQ(check_host(wrong, {}).size(), 1u) << wrong;
}

TEST(modbus_host, names_become_addresses_and_addresses_stay) {
  host_lookup lookup;
  EXPECT_EQ(lookup.resolve("192.168.0.1", 0ms).addresses, std::vector<std::string>{"192.168.0.1"});
  auto local = lookup.resolve("localhost", 10s);
  ASSERT_FALSE(local.addresses.empty()) << local.why;
  EXPECT_TRUE(allowed(local.addresses[0].c_str()));
}

}  // namespace
}  // namespace stellwerk
