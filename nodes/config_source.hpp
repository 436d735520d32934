#pragma once

#include <boost/json/value.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/model/error.hpp"

namespace stellwerk {

/// What is wrong with the configuration, one line each: `place: key: what is wrong: what to do`.
using config_complaints = std::vector<std::string>;

/// A value at its key path (`gateway.listen[0]`) and where it came from (`stellwerk.toml:12`).
struct config_source {
  boost::json::value content = boost::json::object{};
  std::map<std::string, std::string> places;
};

/// Adds what a TOML file says. Dates are refused: no key wants one.
void add_toml(config_source& into, const std::string& path, config_complaints& wrong);

/// Variables by name: those that begin with STELLWERK_.
using environment = std::map<std::string, std::string>;

/// Adds native variables: STELLWERK_ and the key's path in capitals, for each leaf of `defaults`.
/// The default's kind says how the text is read; lists are separated by commas. A variable that is
/// no key's is refused.
void add_environment(
    config_source& into, const boost::json::value& defaults, environment variables,
    config_complaints& wrong
);

/// The decoder's problems, with the place of each.
config_complaints located(const problems& found, const config_source& source);

/// TOML in the shape of the file, for --print-config.
std::string to_toml(const boost::json::value& content);

}  // namespace stellwerk
