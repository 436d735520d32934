#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include "gateway/services.hpp"
#include "nodes/options.hpp"
#include "persistence/disk_room.hpp"

namespace stellwerk {

/// Keeps what `/health` tells in step with what the parts say of themselves and with the disk, and
/// says when the disk fills up or has room again. Lives as long as `io` runs.
class health_watch {
 public:
  health_watch(
      boost::asio::io_context& io, const node_options& options, gateway::readiness& health,
      instruments tools
  )
      : options_(options), health_(health), tools_(std::move(tools)), timer_(io) {}

  /// Now, and from now on every 250 ms.
  void look();

 private:
  void look_at_disk();

  const node_options& options_;
  gateway::readiness& health_;
  instruments tools_;
  boost::asio::steady_timer timer_;
  disk_level level_ = disk_level::ample;
};

}  // namespace stellwerk
