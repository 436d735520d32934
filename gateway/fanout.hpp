#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

#include "actors/history/streams.hpp"
#include "monitoring/metrics.hpp"

namespace stellwerk::gateway {

/// Where batches for the streams of one I/O thread come in, and go on to it. The thread gets them
/// one by one, in order; when it ends, nothing more. While `posted_max` of them wait for the thread
/// the next ones are dropped, and counted as mail refused: samples are followed by newer ones,
/// events by numbers that show the gap, which is then read from the journal.
class fanout {
 public:
  static constexpr std::size_t posted_max = 64;
  using on_samples = std::function<void(const stream_samples&)>;
  using on_events = std::function<void(const stream_events&)>;

  fanout(
      boost::asio::io_context& io, caf::actor_system& system, metrics_ptr numbers,
      on_samples samples, on_events events
  );
  ~fanout();
  fanout(const fanout&) = delete;
  fanout& operator=(const fanout&) = delete;

  const fanout_actor& handle() const { return actor_; }

 private:
  struct doorway;
  std::shared_ptr<doorway> doorway_;
  fanout_actor actor_;
};

}  // namespace stellwerk::gateway
