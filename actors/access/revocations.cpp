#include "actors/access/revocations.hpp"

#include <algorithm>

#include "actors/access/token.hpp"

namespace stellwerk {

namespace {

constexpr std::int64_t clock_error_s = 300;

}  // namespace

revocations::revocations(access_table_ptr access, gauge& count)
    : access_(std::move(access)), entries_(access_->revoked), count_(count) {
  count_.Set(0);
  entries_.for_each([this](auto&, auto&) { count_.Increment(); });
}

void revocations::add_to(commit& what, const std::vector<revocation>& all, std::int64_t now_s) {
  for (auto& one : all) what.changes.push_back(revoked_records.put(one.id, {one.expires_s, now_s}));
}

void revocations::publish(const std::vector<revocation>& all) {
  for (auto& [id, expires_s] : all) {
    if (entries_.find(id) == nullptr) count_.Increment();
    access_->revoked.put(id, expires_s);
  }
}

void revocations::forget(const std::vector<std::string>& ids) {
  for (auto& id : ids) {
    if (entries_.find(id) == nullptr) continue;
    access_->revoked.erase(id);
    count_.Decrement();
  }
}

std::vector<std::string> revocations::ended(std::int64_t before_s, std::size_t most) {
  std::vector<std::string> found;
  entries_.for_each([&](const std::string& id, std::int64_t expires_s) {
    if (found.size() < most && expires_s < before_s) found.push_back(id);
  });
  return found;
}

std::int64_t revocations::forgotten_before_s(std::int64_t wall_s, std::int64_t newest_stored_s) {
  return std::min(wall_s, newest_stored_s) - token_leeway_s - clock_error_s;
}

}  // namespace stellwerk
