#pragma once

#include <filesystem>
#include <system_error>

#include "actors/model/ids.hpp"

namespace stellwerk {

/// A folder of a test's own; gone with the test.
class temporary_folder {
 public:
  temporary_folder() { std::filesystem::create_directories(path_); }
  ~temporary_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  temporary_folder(const temporary_folder&) = delete;
  temporary_folder& operator=(const temporary_folder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_ =
      std::filesystem::temp_directory_path() / ("stellwerk-test-" + uuid_v4());
};

}  // namespace stellwerk
