#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "actors/field/registers.hpp"

/// Which requests read a unit's due points.
namespace stellwerk {

/// What one point takes of its table. `id` is the caller's.
struct plan_point {
  std::uint32_t id = 0;
  register_table table = register_table::holding;
  std::uint16_t first = 0;
  std::uint16_t count = 1;

  std::uint32_t end() const { return first + std::uint32_t{count}; }
};

inline plan_point place_of(const register_address& where, std::size_t id) {
  return {
      static_cast<std::uint32_t>(id), where.table,
      static_cast<std::uint16_t>(where.register_.value), size_of(where)};
}

struct read_request {
  register_table table = register_table::holding;
  std::uint16_t first = 0;
  std::uint16_t count = 0;
  std::vector<plan_point> points;  // by address
};

/// What a unit taught about its addresses by refusing to read some of them.
class address_holes {
 public:
  /// The unit answered `asked` with "illegal data address". True: ask again by a new plan, which
  /// splits it. False: it was one point alone; that is bad and from now on asked for apart from the
  /// others, so that it is found again when the unit gets such an address.
  bool refused(const read_request& asked);
  /// The unit answered `asked`. True: plans change by it.
  bool answered(const read_request& asked);

  /// May a request that begins before `at` go on to it?
  bool joined(register_table table, std::uint32_t from, const plan_point& at) const;

 private:
  using place = std::pair<register_table, std::uint32_t>;
  bool overlaps(register_table table, std::uint32_t from, std::uint32_t end) const;

  std::set<place> cuts_;                // no request crosses to this address
  std::map<place, std::uint32_t> bad_;  // a point that is refused alone → its end
};

/// The fewest requests that read all of `due`: at most 125 registers or 2,000 bits each, at most
/// `gap_max` in vain between two points, none across what `holes` forbids. Each point is in exactly
/// one request; requests come in order of table and address. REQUIRES: no point is larger than a
/// request.
std::vector<read_request> plan_reads(
    std::span<const plan_point> due, std::uint16_t gap_max, const address_holes& holes = {}
);

}  // namespace stellwerk
