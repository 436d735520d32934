#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "tests/system/site.hpp"

namespace stellwerk::system_test {

/// Clients that make devices, give commands and post samples while the server is killed under them.
/// Each remembers what it was told is done. What it got no answer to it asks for again once the
/// server is back, with the same key: so every acknowledgement must hold, and nothing be done
/// twice.
class kill_load {
 public:
  kill_load(site& s, int plant_port);

  /// `clients` of them, until `kill` has returned.
  void run(int clients, unsigned seed, const std::function<void()>& kill);
  /// After a start: repeats what was left without an answer, then looks for the last round's.
  void check_round();
  /// Looks for everything: devices with their journal entries, samples, outcomes against the
  /// plant's own log.
  void check_all(const plant& p);
  std::string summary() const;

  /// Remembers what is acknowledged by now; answers how much that is.
  std::size_t mark();
  /// Looks for what was marked, on whatever node the site is now.
  void check_marked();

 private:
  enum class kind { device, command, samples };
  struct request {
    kind what = kind::device;
    std::string path;
    std::string body;
    std::string key;
    std::int64_t number = 0;  // of its own, from 1
  };
  struct acknowledged {
    std::map<std::string, std::string> devices;    // name → id
    std::map<std::string, std::int64_t> commands;  // id → value
    std::map<std::int64_t, std::int64_t> samples;  // time in ms → value
  };

  request next(std::mt19937& dice);
  /// False if there was no answer.
  bool send(const request& what);
  void look_for(const acknowledged& of);
  void look_for_samples(const acknowledged& of);
  std::vector<bj::value> all(const std::string& path);
  std::string final_status(const std::string& command_id);

  site& s_;
  std::mutex gate_;
  std::vector<request> unanswered_;
  acknowledged total_;
  acknowledged round_;
  acknowledged marked_;
  std::atomic<std::int64_t> number_{0};
  std::size_t repeated_ = 0;
};

}  // namespace stellwerk::system_test
