#include "actors/field/drivers.hpp"

#include <gtest/gtest.h>

#include "actors/model/codec.hpp"

namespace stellwerk {
namespace {

std::string paths(const problems& found) {
  std::string all;
  for (auto& p : found) all += (all.empty() ? "" : " ") + p.path;
  return all;
}

channel made(std::string_view text) {
  channel c;
  EXPECT_TRUE(json::decode(text, c).empty()) << text;
  return c;
}

const driver& modbus() { return *find_driver("modbus_tcp"); }

TEST(drivers, are_found_by_name) {
  for (auto name : {"external", "modbus_tcp", "simulated"}) {
    auto* d = find_driver(name);
    ASSERT_NE(d, nullptr) << name;
    EXPECT_EQ(d->name, name);
    problem why;
    EXPECT_TRUE(json::parse(d->settings_schema(), why));
    EXPECT_TRUE(json::parse(d->address_schema(), why));
  }
  EXPECT_EQ(find_driver("profinet"), nullptr);
  EXPECT_TRUE(find_driver("external")->pushed);
  EXPECT_TRUE(modbus().blocking);
}

struct row {
  const char* name;
  const char* text;
  const char* wrong;  // paths
};

TEST(drivers, check_modbus_settings) {
  for (auto& r : {
           row{"whole",
               R"({"host":"10.0.0.1","port":15020,)"
               R"("unit":2,"timeout_ms":500,"retries":0,"gap_max":64})",
               ""},
           row{"least", R"({"host":"plc.lan"})", ""},
           row{"nothing", R"({})", "host"},
           row{"limits",
               R"({"host":"plc","port":0,"unit":248,"timeout_ms":499,"retries":6,"gap_max":65})",
               "port unit timeout_ms retries gap_max"},
           row{"unknown", R"({"host":"plc","baud":9600})", "baud"},
           row{"public", R"({"host":"8.8.8.8"})", "host"},
       })
    EXPECT_EQ(paths(modbus().check_settings({r.text}, {})), r.wrong) << r.name;
  EXPECT_EQ(paths(modbus().check_settings({}, {})), "host") << "settings left out";
}

TEST(drivers, check_modbus_channels) {
  for (auto& r : {
           row{"register", R"({"name":"a","address":{"register":0}})", ""},
           row{"coil",
               R"({"name":"a","type":"bool","direction":"both",)"
               R"("address":{"table":"coil","register":0}})",
               ""},
           row{"no register", R"({"name":"a","address":{"table":"input"}})", "address.register"},
           row{"no address", R"({"name":"a"})", "address.register"},
           row{"beyond", R"({"name":"a","address":{"register":65533,"type":"float64"}})",
               "address.register"},
           row{"last", R"({"name":"a","address":{"register":65532,"type":"float64"}})", ""},
           row{"coil of int",
               R"({"name":"a","type":"bool",)"
               R"("address":{"table":"coil","register":0,"type":"int16"}})",
               "address.type type"},
           row{"number of bit", R"({"name":"a","address":{"table":"coil","register":0}})", "type"},
           row{"bit", R"({"name":"a","type":"bool","address":{"register":0,"type":"bit","bit":3}})",
               ""},
           row{"which bit", R"({"name":"a","type":"bool","address":{"register":0,"type":"bit"}})",
               "address.bit"},
           row{"bit written",
               R"({"name":"a","type":"bool","direction":"out",)"
               R"("address":{"register":0,"type":"bit","bit":3}})",
               "direction"},
           row{"input written",
               R"({"name":"a","direction":"out","address":{"table":"input","register":0}})",
               "direction"},
           row{"string",
               R"({"name":"a","type":"string",)"
               R"("address":{"register":0,"type":"string","length":8}})",
               ""},
           row{"how long",
               R"({"name":"a","type":"string","address":{"register":0,"type":"string"}})",
               "address.length"},
           row{"too long to write",
               R"({"name":"a","type":"string","direction":"out",)"
               R"("address":{"register":0,"type":"string","length":124}})",
               "address.length"},
           row{"no effect", R"({"name":"a","address":{"register":0,"bit":1,"length":2}})",
               "address.bit address.length"},
           row{"scaling",
               R"({"name":"a","address":{"register":0},"scaling":{"kind":"divide","divisor":0}})",
               "scaling.divisor"},
       })
    EXPECT_EQ(paths(modbus().check_channel(made(r.text))), r.wrong) << r.name;
}

TEST(drivers, say_before_it_is_sent_what_cannot_be_written) {
  auto c = made(R"({"name":"a","direction":"both","min":0,"max":5000,
                    "scaling":{"kind":"divide","divisor":10},)"
                R"("address":{"register":0,"type":"int16"}})");
  EXPECT_EQ(modbus().check_write(c, 21.5), "");
  EXPECT_EQ(modbus().check_write(c, -1), "out_of_range");
  EXPECT_EQ(modbus().check_write(c, "hot"), "wrong_type");
  EXPECT_EQ(modbus().check_write(c, 4000), "not_representable") << "40000 is no int16";
  EXPECT_NEAR(modbus().tolerance(c, 21.5), 0.05, 1e-9);
  c.direction = direction::in;
  EXPECT_EQ(modbus().check_write(c, 21.5), "not_writable");
}

TEST(drivers, share_a_line_by_host_and_port) {
  auto key = [](const char* text) { return modbus().line_key({text}); };
  EXPECT_EQ(key(R"({"host":"PLC","unit":1})"), key(R"({"host":"plc","port":502,"unit":2})"));
  EXPECT_NE(key(R"({"host":"plc"})"), key(R"({"host":"plc","port":503})"));
  EXPECT_EQ(find_driver("simulated")->line_key({}), find_driver("simulated")->line_key({"{}"}));
}

TEST(drivers, without_hardware_take_neither_settings_nor_addresses) {
  for (auto name : {"external", "simulated"}) {
    auto* d = find_driver(name);
    EXPECT_EQ(paths(d->check_settings({R"({"host":"plc"})"}, {})), "host");
    EXPECT_TRUE(d->check_settings({}, {}).empty());
    EXPECT_EQ(
        paths(d->check_channel(made(R"({"name":"a","address":{"register":1}})"))),
        "address.register"
    );
    EXPECT_TRUE(d->check_channel(made(R"({"name":"a"})")).empty());
  }
  auto* external = find_driver("external");
  EXPECT_EQ(paths(external->check_channel(made(R"({"name":"a","direction":"out"})"))), "direction");
}

}  // namespace
}  // namespace stellwerk
