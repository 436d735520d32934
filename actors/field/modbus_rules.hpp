#pragma once

#include <string>

#include "actors/field/drivers.hpp"

/// What the row of driver `modbus_tcp` is made of: see `driver`.
namespace stellwerk {

problems check_modbus_settings(const json_text& settings, const field_options& options);
problems check_modbus_channel(const channel& what);
std::string check_modbus_write(const channel& to, const value& what);
double modbus_tolerance(const channel& of, const value& written);
std::string modbus_line_key(const json_text& settings);

}  // namespace stellwerk
