#pragma once

#include <boost/describe.hpp>
#include <boost/mp11.hpp>
#include <boost/pfr/tuple_size.hpp>
#include <concepts>
#include <optional>
#include <type_traits>

namespace stellwerk {

/// A struct whose members BOOST_DESCRIBE_STRUCT names. From that one line follow its JSON both
/// ways, its JSON schema, its configuration section, its stored record and its CAF wire format.
template <class T>
concept described_struct = std::is_class_v<T> && boost::describe::has_describe_members<T>::value;

template <class T>
using fields_of = boost::describe::describe_members<T, boost::describe::mod_public>;

/// Calls `f(name, pointer to member)` for each field, in the order of the description.
/// A member missing from the description does not compile.
template <described_struct T, class F>
constexpr void for_each_field(F&& f) {
  static_assert(
      boost::pfr::tuple_size_v<T> == boost::mp11::mp_size<fields_of<T>>::value,
      "BOOST_DESCRIBE_STRUCT must name every member"
  );
  boost::mp11::mp_for_each<fields_of<T>>([&](auto field) { f(field.name, field.pointer); });
}

/// CAF's wire format of a described struct: its fields in order.
template <class Inspector, described_struct T>
typename Inspector::result_type inspect(Inspector& f, T& x) {
  return [&]<class... Fields>(boost::mp11::mp_list<Fields...>) {
    return f(x.*Fields::pointer...);
  }(boost::mp11::mp_rename<fields_of<T>, boost::mp11::mp_list>{});
}

}  // namespace stellwerk

namespace caf {

/// std::optional on the wire: whether it has a value, then the value. Found here because CAF looks
/// for it with an inspector of its own namespace.
template <class Inspector, class T>
typename Inspector::result_type inspect(Inspector& f, std::optional<T>& x) {
  bool has = x.has_value();
  if constexpr (Inspector::reads_state) {
    return has ? f(has, *x) : f(has);
  } else {
    if (auto bad = f(has)) return bad;
    if (!has) {
      x.reset();
      return f();
    }
    return f(x.emplace());
  }
}

}  // namespace caf
