#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "actors/model/codec_scalars.hpp"
#include "actors/model/describe.hpp"

/// Described structs ⇄ JSON. Reading names every problem with its path; unknown members are
/// problems; a member left out keeps the field's default, and is `required` where that default
/// breaks its own type (an empty text<1, n>, an empty value).
namespace stellwerk::json {

/// Enumerators as their names; a trailing underscore (`float_`) is not part of the word.
/// Case does not matter on the way in.
template <class E>
requires boost::describe::has_describe_enumerators<E>::value struct codec<E> {
  using list = boost::describe::describe_enumerators<E>;
  static std::string_view word(std::string_view name) {
    if (name.ends_with('_')) name.remove_suffix(1);
    return name;
  }
  static void read(const boost::json::value& in, E& x, reader& r) {
    std::string given;
    if (!read_string(in, given, r)) return;
    bool known = false;
    auto wanted = lower(given);
    boost::mp11::mp_for_each<list>([&](auto e) {
      if (word(e.name) != wanted) return;
      x = e.value;
      known = true;
    });
    if (!known) r.report("out_of_range", "not one of the words", words(", "));
  }
  static std::string words(std::string_view separator) {
    std::string all;
    boost::mp11::mp_for_each<list>([&](auto e) {
      if (!all.empty()) all += separator;
      all += word(e.name);
    });
    return all;
  }
  static void write(std::string& out, E x) {
    out += '"';
    out += word_of(x);
    out += '"';
  }
  static std::string to_word(E x) { return std::string{word_of(x)}; }
  static std::string_view word_of(E x) {
    return word(boost::describe::enum_to_string(x, "unknown"));
  }
  static void schema(std::string& out) {
    out += R"({"type":"string","enum":[")" + words("\",\"") + "\"]}";
  }
};

template <class T>
struct codec<std::optional<T>> {
  static void read(const boost::json::value& in, std::optional<T>& x, reader& r) {
    if (in.is_null())
      x.reset();
    else
      codec<T>::read(in, x.emplace(), r);
  }
  static void write(std::string& out, const std::optional<T>& x) {
    if (x)
      codec<T>::write(out, *x);
    else
      out += "null";
  }
  static void schema(std::string& out) { codec<T>::schema(out); }
};

/// At most 10,000 elements.
template <class T>
struct codec<std::vector<T>> {
  static constexpr std::size_t size_max = 10'000;
  static void read(const boost::json::value& in, std::vector<T>& x, reader& r) {
    if (!in.is_array()) return wrong_type(in, "an array", r);
    auto& elements = in.get_array();
    if (elements.size() > size_max)
      return r.report("too_long", "too many elements", std::to_string(size_max) + " at most");
    x.clear();
    x.reserve(elements.size());
    for (std::size_t i = 0; i < elements.size(); ++i)
      r.inside(i, [&] { codec<T>::read(elements[i], x.emplace_back(), r); });
  }
  static void write(std::string& out, const std::vector<T>& x) {
    out += '[';
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (i > 0) out += ',';
      codec<T>::write(out, x[i]);
    }
    out += ']';
  }
  static void schema(std::string& out) {
    out += R"({"type":"array","maxItems":)" + std::to_string(size_max) + R"(,"items":)";
    codec<T>::schema(out);
    out += '}';
  }
};

template <class T>
struct codec<std::map<std::string, T>> {
  static void read(const boost::json::value& in, std::map<std::string, T>& x, reader& r) {
    if (!in.is_object()) return wrong_type(in, "an object", r);
    x.clear();
    for (auto& member : in.get_object()) {
      std::string_view key{member.key().data(), member.key().size()};
      r.inside(key, [&] { codec<T>::read(member.value(), x[std::string{key}], r); });
    }
  }
  static void write(std::string& out, const std::map<std::string, T>& x) {
    out += '{';
    for (auto separator = ""; auto& [key, content] : x) {
      out += separator;
      separator = ",";
      write_text(out, key);
      out += ':';
      codec<T>::write(out, content);
    }
    out += '}';
  }
  static void schema(std::string& out) {
    out += R"({"type":"object","additionalProperties":)";
    codec<T>::schema(out);
    out += '}';
  }
};

/// A member of this type stands for T's members: they are read from and written to the object
/// around it, as if they were declared there.
template <described_struct T>
struct flat {
  T fields;

  template <class Inspector>
  friend typename Inspector::result_type inspect(Inspector& f, flat& x) {
    return f(x.fields);
  }
};
template <class T>
inline constexpr bool is_flat = false;
template <class T>
inline constexpr bool is_flat<flat<T>> = true;

/// `register_` in C++ is `register` in JSON: a trailing underscore is not part of the name.
constexpr std::string_view json_name(std::string_view name) {
  if (name.ends_with('_')) name.remove_suffix(1);
  return name;
}

/// Calls `f(name, member of x)` for each visible member, those of flat members included.
template <class T, class F>
void for_each_member(T& x, F&& f) {
  for_each_field<std::remove_const_t<T>>([&](const char* name, auto pointer) {
    using field = std::remove_cvref_t<decltype(x.*pointer)>;
    if constexpr (is_flat<field>)
      for_each_member((x.*pointer).fields, f);
    else if constexpr (!hidden<field>)
      f(json_name(name), x.*pointer);
  });
}

template <described_struct T>
struct codec<T> {
  static void read(const boost::json::value& in, T& x, reader& r) {
    if (!in.is_object()) return wrong_type(in, "an object", r);
    auto& members = in.get_object();
    std::size_t known = 0;
    for_each_member(x, [&](std::string_view name, auto& member) {
      using field = std::remove_cvref_t<decltype(member)>;
      auto* given = members.if_contains(name);
      known += given != nullptr;
      r.inside(name, [&] {
        if (given != nullptr)
          codec<field>::read(*given, member, r);
        else if (!may_be_absent(member))
          r.report("required", "is missing", "a value");
      });
    });
    if (known != members.size()) report_unknown(x, members, r);
  }
  static void write(std::string& out, const T& x) {
    out += '{';
    std::string_view separator = "\"";
    for_each_member(x, [&](std::string_view name, auto& member) {
      out += separator;
      separator = ",\"";
      out += name;  // of a C++ member: nothing in it to escape
      out += "\":";
      codec<std::remove_cvref_t<decltype(member)>>::write(out, member);
    });
    out += '}';
  }
  static void schema(std::string& out) {
    out += R"({"type":"object","additionalProperties":false,"properties":{)";
    auto separator = "";
    std::string required;
    const T fresh{};
    for_each_member(fresh, [&](std::string_view name, auto& member) {
      out += separator;
      separator = ",";
      write_text(out, name);
      out += ':';
      codec<std::remove_cvref_t<decltype(member)>>::schema(out);
      if (may_be_absent(member)) return;
      required += required.empty() ? "" : ",";
      write_text(required, name);
    });
    out += '}';
    if (!required.empty()) out += R"(,"required":[)" + required + ']';
    out += '}';
  }

 private:
  static void report_unknown(const T& x, const boost::json::object& members, reader& r) {
    std::set<std::string_view> names;
    for_each_member(x, [&](std::string_view name, auto&) { names.insert(name); });
    for (auto& member : members)
      if (std::string_view key{member.key().data(), member.key().size()}; !names.contains(key))
        r.inside(key, [&] { r.report("unknown_field", "is not known", "no such member"); });
  }
};

}  // namespace stellwerk::json

namespace stellwerk {

/// The word of an enumerator: `online`, `float`.
template <class E>
std::string to_word(E x) {
  return json::codec<E>::to_word(x);
}

}  // namespace stellwerk
