#include "nodes/config_source.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <sstream>

#include "actors/model/json.hpp"

namespace stellwerk {

namespace {

namespace bj = boost::json;

std::string joined(const std::string& path, std::string_view key) {
  return path.empty() ? std::string{key} : path + '.' + std::string{key};
}

std::string place_of(const std::string& file, const toml::source_region& at) {
  return file + ':' + std::to_string(at.begin.line);
}

struct toml_reader {
  config_source& into;
  const std::string& file;
  config_complaints& wrong;

  bj::value read(const toml::node& node, const std::string& path) {
    into.places[path] = place_of(file, node.source());
    if (auto* table = node.as_table()) return read_table(*table, path);
    if (auto* array = node.as_array()) {
      bj::array out;
      for (std::size_t i = 0; i < array->size(); ++i)
        out.push_back(read(*array->get(i), path + '[' + std::to_string(i) + ']'));
      return out;
    }
    if (auto* text = node.as_string()) return bj::value(text->get());
    if (auto* integer = node.as_integer()) return bj::value(integer->get());
    if (auto* real = node.as_floating_point()) return bj::value(real->get());
    if (auto* truth = node.as_boolean()) return bj::value(truth->get());
    wrong.push_back(into.places[path] + ": " + path + ": is a date or time: no key takes one");
    return nullptr;
  }

  bj::object read_table(const toml::table& table, const std::string& path) {
    bj::object out;
    for (auto&& [key, node] : table) {
      auto below = joined(path, key.str());
      out[key.str()] = read(node, below);
    }
    return out;
  }
};

bj::value from_text(const std::string& text, const bj::value& like) {
  if (like.is_array()) {
    bj::array out;
    std::stringstream parts{text};
    for (std::string part; std::getline(parts, part, ',');) out.emplace_back(part);
    return out;
  }
  if (like.is_string() || like.is_null()) return bj::value(text);
  if (text == "true" || text == "false") return bj::value(text == "true");
  std::int64_t number = 0;
  auto [end, bad] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (bad == std::errc{} && end == text.data() + text.size()) return bj::value(number);
  return bj::value(text);  // the decoder says what it expected
}

std::string variable_of(const std::string& path) {
  auto name = "STELLWERK_" + path;
  for (char& c : name) {
    if (c == '.') c = '_';
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return name;
}

void overlay(
    config_source& into, bj::value& at, const bj::value& defaults, const std::string& path,
    environment& variables
) {
  if (defaults.is_object()) {
    for (auto& member : defaults.get_object()) {
      bj::value below;
      auto* present = at.is_object() ? at.get_object().if_contains(member.key()) : nullptr;
      if (present != nullptr) below = *present;
      overlay(into, below, member.value(), joined(path, member.key()), variables);
      if (below.is_null() && present == nullptr) continue;
      if (!at.is_object()) at.emplace_object();
      at.get_object()[member.key()] = below;
    }
    return;
  }
  if (auto named = variables.extract(variable_of(path))) {
    at = from_text(named.mapped(), defaults);
    into.places[path] = named.key();
  }
}

toml::array toml_array(const bj::array& in);

template <class Add>
void add_toml_value(const bj::value& in, Add&& add);

toml::table toml_table(const bj::object& in) {
  toml::table out;
  for (auto& member : in)
    add_toml_value(member.value(), [&](auto&& value) {
      out.insert_or_assign(std::string{member.key()}, std::forward<decltype(value)>(value));
    });
  return out;
}

toml::array toml_array(const bj::array& in) {
  toml::array out;
  for (auto& element : in)
    add_toml_value(element, [&](auto&& value) {
      out.push_back(std::forward<decltype(value)>(value));
    });
  return out;
}

template <class Add>
void add_toml_value(const bj::value& in, Add&& add) {
  if (in.is_object())
    add(toml_table(in.get_object()));
  else if (in.is_array())
    add(toml_array(in.get_array()));
  else if (in.is_string())
    add(std::string{in.get_string()});
  else if (in.is_bool())
    add(in.get_bool());
  else if (in.is_double())
    add(in.get_double());
  else if (in.is_number())
    add(in.to_number<std::int64_t>());
}

}  // namespace

void add_toml(config_source& into, const std::string& path, config_complaints& wrong) {
  try {
    auto parsed = toml::parse_file(path);
    toml_reader reader{into, path, wrong};
    into.content = reader.read_table(parsed, "");
  } catch (const toml::parse_error& bad) {
    auto place = place_of(path, bad.source());
    if (bad.source().begin.line == 0) place = path;
    wrong.push_back(place + ": " + std::string{bad.description()} + ": correct the file");
  }
}

void add_environment(
    config_source& into, const bj::value& defaults, environment variables, config_complaints& wrong
) {
  overlay(into, into.content, defaults, "", variables);
  for (auto& [name, text] : variables)
    wrong.push_back(name + ": is no key's variable: correct its name or unset it");
}

config_complaints located(const problems& found, const config_source& source) {
  config_complaints lines;
  for (auto& one : found) {
    auto place = source.places.find(one.path);
    auto from = place == source.places.end() ? std::string{"configuration"} : place->second;
    lines.push_back(from + ": " + one.path + ": " + one.message + ": wants " + one.expected);
  }
  return lines;
}

std::string to_toml(const bj::value& content) {
  std::ostringstream out;
  out << toml_table(content.get_object()) << '\n';
  return out.str();
}

}  // namespace stellwerk
