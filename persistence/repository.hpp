#pragma once

#include <caf/expected.hpp>
#include <caf/sec.hpp>
#include <string>
#include <string_view>

#include "actors/model/codec.hpp"
#include "persistence/store.hpp"

namespace stellwerk {

/// One kind of document: a described struct as JSON, so that a field may be added without a
/// migration. Pure: the changes go into a commit, the documents come from a scan.
///
///   inline constexpr repository<device_document> devices{"device"};
template <described_struct R>
struct repository {
  std::string_view kind;  // persistent: never reuse

  change put(std::string_view id, const R& record) const { return {key(id), json::encode(record)}; }
  change erase(std::string_view id) const { return {key(id), {}}; }

  expectation absent(std::string_view id) const { return {key(id), 0}; }
  expectation unchanged(std::string_view id, std::uint64_t revision) const {
    return {key(id), revision};
  }

  std::string key(std::string_view id) const { return document_key(kind, id); }
  /// What all keys of this kind begin with.
  std::string prefix() const { return key({}); }
  std::string id_of(const document& one) const { return one.key.substr(kind.size() + 1); }

  /// A record that cannot be read is an error for the log that names it, `internal` for clients.
  caf::expected<R> decode(const document& one) const {
    R record;
    auto wrong = json::decode(one.value, record, {.bytes = 1'048'576, .depth = 64});
    if (wrong.empty()) return record;
    auto& first = wrong.front();
    return caf::make_error(
        caf::sec::runtime_error,
        "document " + std::string{kind} + '/' + id_of(one) + ": " + first.path + ' ' + first.message
    );
  }
};

}  // namespace stellwerk
