#pragma once

#include <algorithm>
#include <caf/system_messages.hpp>
#include <string_view>
#include <vector>

#include "monitoring/log.hpp"

namespace stellwerk {

/// Whom an actor sends its news: each once, until it ends, 64 at most.
template <class Handle>
class followers {
 public:
  static constexpr std::size_t most = 64;

  /// One too many is told to the log as `refused`.
  template <class Self>
  void join(Self* self, const Handle& who, log& lines, std::string_view refused) {
    if (std::ranges::find(all_, who) != all_.end()) return;
    if (all_.size() >= most)
      return lines.error(refused, {{"most", static_cast<std::int64_t>(most)}});
    all_.push_back(who);
    self->monitor(who);
  }
  void left(const caf::down_msg& down) {
    std::erase_if(all_, [&](auto& one) { return one.address() == down.source; });
  }
  template <class Self, class News>
  void tell(Self* self, const News& news) const {
    for (auto& one : all_) self->send(one, news);
  }
  bool empty() const { return all_.empty(); }

 private:
  std::vector<Handle> all_;
};

}  // namespace stellwerk
