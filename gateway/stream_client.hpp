#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "actors/field/names.hpp"
#include "actors/history/streams.hpp"
#include "actors/model/call_context.hpp"
#include "gateway/stream_frames.hpp"
#include "gateway/stream_queue.hpp"

namespace stellwerk::gateway {

/// What one socket has asked for and may see, without sockets or actors: batches in, frames in its
/// queue out. Each journal entry is told at most once, in order within a subscription, and none is
/// left out: a subscription that cannot follow (a full queue, a lost batch, an `after`) falls
/// behind, and goes on by reading the journal from its cursor.
class stream_client {
 public:
  static constexpr std::size_t subscriptions_max = 32;
  static constexpr std::size_t patterns_max = 20;
  static constexpr std::size_t known_channels_max = 20'000;

  stream_client(std::string site, published<named_channel>::reader& names)
      : site_(std::move(site)), names_(names) {}

  /// Who reads; again when the rights have changed.
  void admit(context_ptr who);
  const context_ptr& who() const { return who_; }

  /// Refused with a code for the client: `too_many`, `duplicate`.
  std::optional<std::string_view> subscribe(const subscribe_frame& wanted);
  bool unsubscribe(std::string_view id);

  /// Channels that `patterns` match and the reader may see, with their series.
  std::vector<std::pair<std::uint32_t, std::string>> visible(
      const std::vector<stream_pattern>& patterns
  );
  /// Number of samples that replaced older ones.
  std::size_t take(const std::vector<stream_sample>& batch);
  /// Live entries. `now` is for frames.
  void take(const std::vector<stream_event>& batch, wall_time now);

  /// A subscription that is behind, and after which entry it goes on.
  struct lag {
    std::string id;
    std::uint64_t after = 0;
  };
  std::optional<lag> behind() const;
  /// Goes on with what the journal holds after `from.after`. Live again once nothing newer than
  /// `newest`, the last entry that went out live, is missing.
  void catch_up(const lag& from, const journal_slice& slice, std::uint64_t newest, wall_time now);

  stream_queue queue;

 private:
  struct subscription {
    std::string id;
    std::vector<stream_pattern> samples;
    std::vector<stream_pattern> events;
    std::optional<std::uint64_t> from;    // entries after this one are its business
    std::optional<std::uint64_t> cursor;  // up to here they are told
    bool live = true;

    bool wants(const journal_entry& entry) const;
    bool has_told(const journal_entry& entry) const {
      return from && *from < entry.seq && entry.seq <= *cursor && wants(entry);
    }
  };
  bool may_see(const journal_entry& entry);
  bool may_see(const std::string& device_id, const std::vector<std::string>* tags) const;
  bool wants(const stream_sample& one);
  bool follow_live(const journal_entry& entry);
  void fall_behind(std::uint64_t before);

  const std::string site_;
  published<named_channel>::reader& names_;
  context_ptr who_;
  actor_address addresses_ = actor_address::hidden;
  std::vector<subscription> subscriptions_;
  std::unordered_map<std::string, bool> wanted_;  // by channel: what `wants` found
};

}  // namespace stellwerk::gateway
