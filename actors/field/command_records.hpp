#pragma once

#include <caf/expected.hpp>
#include <functional>
#include <string>
#include <vector>

#include "actors/field/command_queue.hpp"
#include "persistence/store.hpp"

/// How commands lie in the store. Open ones at `command-open \0 <device>/<id>`, final ones at
/// `command \0 <device>/<id>`, and `command-of \0 <id>` says whose one is. Persistent.
namespace stellwerk {

std::string open_command_key(const std::string& device_id, const std::string& id);
std::string final_command_key(const std::string& device_id, const std::string& id);
std::string command_owner_key(const std::string& id);
/// Empty if `stored` is not what was written there.
std::string command_owner(const document& stored);
caf::expected<command_record> command_from(const document& stored);

/// A command as its device found it in the store.
struct open_command {
  command_record record;
  std::uint64_t revision = 0;
};

/// Each with its event, by whom it says; with expectations that let it happen once only.
commit accept_commit(const command_record& record, const context_ptr& context);
commit sent_commit(command_record record, std::uint64_t revision, wall_time now);
/// `by` is who cancelled it; null: nobody did.
commit end_commit(const command_record& ended, const context_ptr& by);
/// `record` after `end`.
command_record ended(command_record record, const command_end& end, wall_time now);

/// Looks where it is while open, then where it is once final: it may move between the two.
template <class Self>
void read_command_of(
    Self* self, const store_reader_actor& reader, const std::string& device_id,
    const std::string& id, std::function<void(caf::expected<command_record>)> then
) {
  using namespace std::chrono_literals;
  auto failed = [then](caf::error& why) { then(std::move(why)); };
  auto final_key = final_command_key(device_id, id);
  auto look_final = [=](documents& found) {
    if (found.items.empty()) return then(refuse(errc::not_found));
    then(command_from(found.items.front()));
  };
  self->request(reader, 5s, scan{open_command_key(device_id, id), "", 1})
      .then(
          [=](documents& found) {
            if (!found.items.empty()) return then(command_from(found.items.front()));
            self->request(reader, 5s, scan{final_key, "", 1}).then(look_final, failed);
          },
          failed
      );
}

}  // namespace stellwerk
