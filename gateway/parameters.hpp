#pragma once

#include <algorithm>
#include <boost/json/object.hpp>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/model/codec.hpp"
#include "actors/model/value.hpp"

/// Path, query and body are one JSON object in the end: what a request struct is read from.
namespace stellwerk::gateway {

using parameters = std::vector<std::pair<std::string, std::string>>;

/// `%xx` resolved once. Empty for broken escapes, NUL and what is not UTF-8.
std::optional<std::string> percent_decoded(std::string_view text, bool plus_is_blank);

/// `a=1&b=x%20y`. Empty if malformed or more than 100.
std::optional<parameters> query_parameters(std::string_view query);

/// What a field's text in path or query stands for.
enum class text_kind : std::uint8_t { text, integer, number, boolean, time };
struct field_shape {
  std::string_view name;
  text_kind kind = text_kind::text;
  bool is_list = false;  // may be given several times
};

template <class T>
struct shape_of {
  static constexpr text_kind kind = std::is_same_v<T, bool>        ? text_kind::boolean
                                    : std::is_integral_v<T>        ? text_kind::integer
                                    : std::is_floating_point_v<T>  ? text_kind::number
                                    : std::is_same_v<T, wall_time> ? text_kind::time
                                                                   : text_kind::text;
  static constexpr bool is_list = false;
};
template <class Int, Int Min, Int Max>
struct shape_of<bounded<Int, Min, Max>> : shape_of<Int> {};
template <class T>
struct shape_of<std::optional<T>> : shape_of<T> {};
template <class T>
struct shape_of<std::vector<T>> {
  static constexpr text_kind kind = shape_of<T>::kind;
  static constexpr bool is_list = true;
};

/// Calls `f(word)` for each of the comma-separated `words`.
template <class F>
void for_each_word(std::string_view words, F f) {
  while (!words.empty()) {
    auto word = words.substr(0, words.find(','));
    words.remove_prefix(std::min(word.size() + 1, words.size()));
    f(word);
  }
}

/// The fields of a request struct that clients can give.
template <class Request>
const std::vector<field_shape>& shapes_of() {
  static const auto all = [] {
    std::vector<field_shape> made;
    const Request fresh{};
    json::for_each_member(fresh, [&](std::string_view name, auto& member) {
      using shape = shape_of<std::remove_cvref_t<decltype(member)>>;
      made.push_back({name, shape::kind, shape::is_list});
    });
    return made;
  }();
  return all;
}

/// Adds parameters to `into`, each as the JSON that its field wants. A name given twice is a
/// problem, unless its field is a list; unknown ones are found when the object is read.
void add_parameters(
    boost::json::object& into, const parameters& given, const std::vector<field_shape>& shapes,
    json::reader& found
);

/// Adds the members of a body; a name that is there already is a problem.
void add_members(boost::json::object& into, boost::json::object& body, json::reader& found);

}  // namespace stellwerk::gateway
