#pragma once

#include <chrono>

namespace stellwerk::gateway {

/// How long a peer may take; the defaults are the product's, tests shorten them.
struct session_times {
  std::chrono::milliseconds handshake{10'000};
  std::chrono::milliseconds first_byte{5'000};
  std::chrono::milliseconds head{10'000};
  std::chrono::milliseconds body{30'000};
  std::chrono::milliseconds idle{60'000};
  std::chrono::milliseconds write{30'000};  // without progress
  std::chrono::milliseconds goodbye{2'000};
  std::chrono::milliseconds life{3'600'000};
  std::chrono::milliseconds stopping{5'000};  // for requests that are open at `stop`
};

}  // namespace stellwerk::gateway
