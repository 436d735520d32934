#pragma once

#include <optional>
#include <string>
#include <vector>

#include "actors/access/access_table.hpp"
#include "actors/access/login_records.hpp"
#include "monitoring/metrics.hpp"

namespace stellwerk {

struct revocation {
  std::string id;  // jti or family
  std::int64_t expires_s = 0;
};

/// The token blacklist. An entry goes when no token that it stands for could be taken for good any
/// more: its `exp`, the leeway and five minutes of wrong clocks have passed both by the wall clock
/// and by the newest time that the store has seen. So a clock that runs ahead revives nothing.
class revocations {
 public:
  revocations(access_table_ptr access, gauge& count);

  /// To be committed with what revokes.
  static void add_to(commit& what, const std::vector<revocation>& all, std::int64_t now_s);
  /// After that: for every request and every look at an open socket that comes from now on.
  void publish(const std::vector<revocation>& all);
  void forget(const std::vector<std::string>& ids);
  std::vector<std::string> ended(std::int64_t before_s, std::size_t most);

  /// `exp` below this can be forgotten.
  static std::int64_t forgotten_before_s(std::int64_t wall_s, std::int64_t newest_stored_s);

 private:
  access_table_ptr access_;
  published<std::int64_t>::reader entries_;
  gauge& count_;
};

}  // namespace stellwerk
