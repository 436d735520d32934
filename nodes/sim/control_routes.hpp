#pragma once

#include <string>
#include <string_view>

#include "nodes/sim/modbus_server.hpp"
#include "nodes/sim/write_log.hpp"

namespace stellwerk::sim {

struct control_answer {
  unsigned status = 200;
  std::string body;  ///< JSON; of a refusal `{"message": what is expected}`
};

// clang-format off
/// The control interface without its sockets:
///   GET /health
///   GET /units                      each unit, its fault, process values (≤ 1 s old), counters
///   PUT /units/{port}/{unit}/fault  `{"kind":"slow","delay_ms":300}`, see `fault.hpp`
///   PUT /ports/{port}/fault         the same for all units of a port
///   PUT /ports/{port}               `{"listening":false}`: refuse and drop all, or listen again
///   GET /writes?after=N             `{"items":[...],"last"}`: up to 1,000 writes after number N
/// Statuses: 200, 400 bad input, 404 no such route, port or unit, 409 the port is taken meanwhile.
// clang-format on
control_answer answer_control(
    modbus_server& server, const write_log& log, std::string_view method, std::string_view target,
    std::string_view body
);

/// Options of the command line, `unit=2,kind=slow,delay_ms=300`: without `port` on every port,
/// without `unit` every unit; `kind=refuse` (no unit) closes the ports.
/// The error says what is wrong with it.
parsed<void> apply_fault_option(modbus_server& server, std::string_view text);

}  // namespace stellwerk::sim
