#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string_view>

namespace stellwerk {

/// Of its file, in the folder of the database it vouches for.
inline constexpr std::string_view mark_name = "WATERMARK";

/// A number in a file of its own, below which everything is known to be durable: tells a log that
/// lost its end to damage from one that was merely torn by a crash. Written without a sync after
/// what it vouches for, so it may be old but never ahead.
class watermark {
 public:
  explicit watermark(std::filesystem::path file) : file_(std::move(file)) {}

  /// Empty if there is none, or only half of one.
  std::optional<std::uint64_t> read() const;
  /// Best effort: an old one vouches for less, but for nothing wrong.
  void write(std::uint64_t mark);

 private:
  std::filesystem::path file_;
  std::ofstream out_;
};

}  // namespace stellwerk
