#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "actors/field/devices.hpp"
#include "tests/actor_test.hpp"
#include "tests/actors/field/memory_store.hpp"

namespace stellwerk {

/// A line that does what the test says, and all that was asked of it.
struct fake_line {
  std::map<std::string, serve_unit> served;  // by device id
  std::vector<std::string> dropped;
  std::vector<write_point> writes;
  bool answers = true;  // acknowledges each write and reads back what was written
  std::size_t spawned = 0;
  std::size_t alive = 0;
};
using fake_bus_actor =
    bus_actor::extend<caf::reacts_to<bus_results>, caf::reacts_to<write_outcome>>;

/// A field with a store in memory, a history that remembers, and lines that the test moves. Its
/// inside is compiled once: what it needs of the actors costs half a minute a file.
class field_site : public actor_test {
 protected:
  field_site();
  ~field_site() override;
  void TearDown() override;

  static constexpr const char* tank = R"({"name":"tank-1","driver":"fake","tags":["hall-a"],
      "settings":{"line":"a"},"channels":[
      {"name":"level","type":"float","poll_ms":1000},
      {"name":"setpoint","direction":"both","type":"float","min":0,"max":95},
      {"name":"step","direction":"out","type":"int","order":"queue"},
      {"name":"pump","direction":"both","type":"bool","verify":false}]})";

  void start();
  void start(std::span<const driver> with);
  /// As kill -9 does: nothing is told, all memory is gone; the store stays.
  void crash();

  static context_ptr as(std::string_view role, std::string scope = "*", std::string key = {});
  static context_ptr matching(std::uint64_t revision);
  static device_fields fields_of(const std::string& body);

  /// For every request to `devices`: defined in field_site_begin.cpp.
  template <class Response, class Request>
  answer<Response> begin(const devices_actor& to, Request what);
  template <class Response, class Request>
  caf::expected<Response> ask(const devices_actor& to, Request what) {
    return wait_for(begin<Response>(to, std::move(what)));
  }
  caf::expected<device_view> create(const std::string& body, context_ptr by = as("admin"));
  caf::expected<device_view> patch(
      const std::string& device, const std::string& with, context_ptr by = as("admin")
  );
  caf::expected<device_view> read(const std::string& device, context_ptr by = as("admin"));
  caf::expected<device_page> list(list_devices what = {}, context_ptr by = as("viewer"));
  caf::expected<command_record> command(
      const std::string& channel, value what, std::uint32_t within_ms = 10'000,
      context_ptr by = as("operator")
  );
  caf::expected<command_record> look(const std::string& id, std::uint32_t within_ms = 0);

  /// The line of all devices with `"line": key`.
  fake_line& line(const std::string& key = "a");
  void report(link_state state, std::string why = {}, const std::string& key = "a");
  void push(samples items, const std::string& key = "a");
  void tell_outcome(write_outcome what, const std::string& key = "a");
  /// As an exception in its handler would end it.
  void kill_device(const std::string& id);
  /// What a bus says straight to a device.
  static void tell(const bus_listener& to, bus_results seen);
  static void tell(const bus_listener& to, write_outcome what);

  std::shared_ptr<memory_store> disk = std::make_shared<memory_store>();
  std::shared_ptr<samples> recorded = std::make_shared<samples>();
  name_table_ptr names = std::make_shared<name_table>();
  std::map<std::string, std::shared_ptr<fake_line>> lines;
  std::map<std::string, fake_bus_actor> buses;
  field_options options;
  std::vector<std::string> classes;  // of retention
  std::string refused_line;          // settings that name it are refused
  bool no_threads = false;           // for buses
  store_actor store;
  store_reader_actor reader;
  historian_actor history;
  devices_actor devices;

 private:
  void spawn_history();
  static problems check_settings(const json_text& settings, const field_options& options);
  static bus_actor spawn_bus(
      caf::actor_system& system, const json_text& settings, const field_options& options,
      const instruments& tell
  );
  static const std::vector<driver>& fakes();
  static inline field_site* here_ = nullptr;
};

}  // namespace stellwerk
