#pragma once

#include <boost/describe/enum.hpp>
#include <cstdint>
#include <filesystem>
#include <string>

/// Faults at chosen moments, in builds with STELLWERK_TEST_HOOKS; nothing in others.
namespace stellwerk {

/// The moments before and after something becomes durable.
enum class failpoint : std::uint8_t {
  store_before_write,
  store_after_write,
  store_after_answer,
  history_before_write,
  history_after_write,
  chunks_before_write,
  chunks_after_write,
  joining_before_write,
  joining_after_write,
  log_before_cut,
  log_after_cut,
  mark_before_write,
  seal_before_write,
  format_before_write,
  format_after_write,
  rollups_before_clear,
  rollups_after_clear,
  rollups_after_series,
  index_before_write,
  index_after_write,
  retention_before_write,
  retention_after_write,
  look_before_write,
  look_after_write,
  file_before_sync,
  file_before_rename,
  file_after_rename,
  restore_before_rename,
  restore_after_rename,
  private_before_rename,
  private_after_rename,
};
BOOST_DESCRIBE_ENUM(
    failpoint, store_before_write, store_after_write, store_after_answer, history_before_write,
    history_after_write, chunks_before_write, chunks_after_write, joining_before_write,
    joining_after_write, log_before_cut, log_after_cut, mark_before_write, seal_before_write,
    format_before_write, format_after_write, rollups_before_clear, rollups_after_clear,
    rollups_after_series, index_before_write, index_after_write, retention_before_write,
    retention_after_write, look_before_write, look_after_write, file_before_sync,
    file_before_rename, file_after_rename, restore_before_rename, restore_after_rename,
    private_before_rename, private_after_rename
)

#ifdef STELLWERK_TEST_HOOKS
/// Plants `name=action` or `name=action:n`, for the n-th time that the moment comes, else the
/// first. Actions: `crash` (SIGKILL), `error` (from then on, each time), `delay` (a second, each
/// time), `torn` (as crash, with the last bytes of the newest log cut off). Empty: done; else what
/// is wrong. At most one; before there are threads.
std::string plant_failpoint(const std::string& text);
/// The names, one a line.
std::string all_failpoints();

/// The moment has come. True: the caller is to fail. `folder`: of the database in question.
bool fails_at(failpoint moment, const std::filesystem::path& folder = {});
#else
constexpr bool fails_at(failpoint) { return false; }
constexpr bool fails_at(failpoint, const std::filesystem::path&) { return false; }
#endif

}  // namespace stellwerk
