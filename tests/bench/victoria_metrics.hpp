#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "actors/model/samples.hpp"
#include "tests/bench/keep_alive_client.hpp"
#include "tests/system/process.hpp"

namespace stellwerk::bench {

/// A VictoriaMetrics of our own, on loopback, with its files in a folder of ours. Throws
/// std::runtime_error.
class victoria_metrics {
 public:
  victoria_metrics(const std::string& program, std::filesystem::path folder);

  /// `run`: samples of one series, all numbers or booleans.
  void store(std::uint32_t series, std::span<const sample> run);
  /// Flushes, merges what there is into few files, and answers with the bytes of all its files.
  double merged_bytes();

 private:
  std::filesystem::path folder_;
  std::string url_;
  system_test::process program_;
  std::unique_ptr<keep_alive_client> client_;
};

/// All files below it.
double bytes_below(const std::filesystem::path& folder);

}  // namespace stellwerk::bench
