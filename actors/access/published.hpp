#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace stellwerk {

/// A table that one actor writes and every I/O thread reads, without asking anybody: 1,024 shards,
/// each an immutable map. A change copies one shard and moves the version on; a reader compares one
/// number per request and fetches the pointers that moved. A change is visible to every reader's
/// next `find` once `put` or `erase` has returned: publish before you answer.
template <class T>
class published {
 public:
  static constexpr std::size_t shard_count = 1024;
  struct hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const {
      return std::hash<std::string_view>{}(key);
    }
  };
  using map = std::unordered_map<std::string, T, hash, std::equal_to<>>;

  void put(const std::string& key, T value) {
    change(key, [&](map& m) { m.insert_or_assign(key, std::move(value)); });
  }
  void erase(const std::string& key) {
    change(key, [&](map& m) { m.erase(key); });
  }

  /// One thread's view. REQUIRES: does not outlive the table.
  class reader {
   public:
    explicit reader(const published& table) : table_(&table) {}

    /// The newest value of `key`, or null; valid until the next call on this reader. `version`
    /// moves on whenever it, or one of its shard, changes.
    struct seen {
      const T* value = nullptr;
      std::uint64_t version = 0;
    };
    seen look(std::string_view key) {
      auto& mine = shards_[shard_of(key)];
      refresh(mine, shard_of(key));
      if (!mine.content) return {nullptr, mine.version};
      auto found = mine.content->find(key);
      return {found == mine.content->end() ? nullptr : &found->second, mine.version};
    }
    const T* find(std::string_view key) { return look(key).value; }

    /// All entries, in no order. Visits shard by shard: changes meanwhile may or may not be seen.
    template <class F>
    void for_each(F&& f) {
      for (std::size_t i = 0; i < shard_count; ++i) {
        refresh(shards_[i], i);
        if (!shards_[i].content) continue;
        for (auto& [key, value] : *shards_[i].content) f(key, value);
      }
    }

   private:
    struct view {
      std::uint64_t version = 0;
      std::shared_ptr<const map> content;
    };
    void refresh(view& mine, std::size_t index) {
      auto& source = table_->shards_[index];
      if (source.version.load(std::memory_order_acquire) == mine.version) return;
      std::lock_guard lock{source.gate};
      mine.version = source.version.load(std::memory_order_relaxed);
      mine.content = source.content;
    }
    const published* table_;
    std::array<view, shard_count> shards_;
  };

 private:
  struct shard {
    mutable std::mutex gate;  // guards `content`; taken only when something moved
    std::atomic<std::uint64_t> version{0};
    std::shared_ptr<const map> content;
  };
  static std::size_t shard_of(std::string_view key) { return hash{}(key) % shard_count; }

  template <class F>
  void change(const std::string& key, F&& f) {
    auto& mine = shards_[shard_of(key)];
    auto next = mine.content ? std::make_shared<map>(*mine.content) : std::make_shared<map>();
    f(*next);
    std::lock_guard lock{mine.gate};
    mine.content = std::move(next);
    mine.version.fetch_add(1, std::memory_order_release);
  }

  std::array<shard, shard_count> shards_;
};

}  // namespace stellwerk
