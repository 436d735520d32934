#pragma once

#include <memory>
#include <string>

#include "gateway/options.hpp"
#include "monitoring/log.hpp"

namespace stellwerk::gateway {

/// `GET /metrics` in Prometheus text, on a listener and a thread of its own: a slow scraper blocks
/// nobody, and a flood of requests does not hide the figures. 32 connections at most.
class metrics_server {
 public:
  /// Serves at once; no listener if the option is empty. Throws std::runtime_error with what to do
  /// if the address is taken.
  metrics_server(const metrics_options& options, instruments tools);
  ~metrics_server();
  metrics_server(const metrics_server&) = delete;
  metrics_server& operator=(const metrics_server&) = delete;

  /// `127.0.0.1:9464`, with the port that a zero became; empty without a listener.
  std::string address() const;

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace stellwerk::gateway
