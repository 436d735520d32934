#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/field/command_records.hpp"

namespace stellwerk {

/// A page of a device's commands, newest first: the open ones from memory among the final ones from
/// the store. Looks at 10,000 final ones at most; then the page may be short and still have a
/// cursor.
class command_listing {
 public:
  /// REQUIRES: a cursor, if any, is a UUID.
  command_listing(list_commands asked, std::string device_id, std::vector<command_record> open);

  scan next_scan() const;
  /// True when the page is complete.
  bool take(const documents& found);
  command_page& page() { return page_; }

 private:
  bool take(const command_record& one);
  bool take_open_above(const std::string& id);

  static constexpr int scans_max = 10;
  list_commands asked_;
  std::string device_id_;
  std::vector<command_record> open_;  // the newest last
  command_page page_;
  std::string at_;  // the last id looked at
  int scans_ = 0;
};

template <class Self>
void list_from(
    Self* self, const store_reader_actor& reader, std::shared_ptr<command_listing> listing,
    std::function<void(caf::expected<command_page>)> then
) {
  using namespace std::chrono_literals;
  self->request(reader, 5s, listing->next_scan())
      .then(
          [=](documents& found) {
            if (listing->take(found)) return then(std::move(listing->page()));
            list_from(self, reader, listing, then);
          },
          [=](caf::error& why) { then(std::move(why)); }
      );
}

}  // namespace stellwerk
