#include "actors/access/limiter.hpp"

#include "actors/access/limit_table.hpp"

namespace stellwerk {

namespace {

using sweep_atom = caf::atom_constant<caf::atom("sweep")>;
using pointer = metered<limiter_actor, limiter_state>*;
constexpr std::chrono::seconds sweep_every{60};
constexpr std::size_t swept_at_once = 100;  // 0.1 ms when nothing of them is in the cache

/// The stricter of two: what one has left of both.
void narrow(limit_note& told, const limit_note& also) {
  if (also.limit == 0) return;
  auto retry_after_s = std::max(told.retry_after_s, also.retry_after_s);
  if (told.limit == 0 || also.retry_after_s > 0 || also.remaining < told.remaining) told = also;
  told.retry_after_s = retry_after_s;
}

/// Runs `f` on the table and tells the change of its number of keys.
template <class F>
auto on_table(pointer self, metrics& numbers, F&& f) {
  auto& table = *self->state.table;
  auto before = static_cast<double>(table.keys());
  auto result = f(table, self->clock().now());
  auto more = static_cast<double>(table.keys()) - before;
  if (more != 0) numbers.limit_keys.Increment(more);
  return result;
}

bool charged(pointer self, metrics& numbers, const admit& what, key_kind whose) {
  auto& key = whose == key_kind::address ? what.address_key : what.principal_key;
  auto told = on_table(self, numbers, [&](limit_table& table, auto now) {
    return table.take(what.kind, whose, key, what.cost, now);
  });
  if (what.note) narrow(*what.note, told);
  if (told.retry_after_s == 0) return true;
  numbers.limit_refused.Add({{"class", to_word(what.kind)}}).Increment();
  return false;
}

}  // namespace

limiter_state::limiter_state() = default;
limiter_state::~limiter_state() = default;

limiter_actor::behavior_type limiter(
    pointer self, limit_options options, std::size_t shards, metrics_ptr numbers
) {
  auto bytes_max = std::size_t{options.memory_mib} * 1024 * 1024 / shards;
  self->state.table = std::make_unique<limit_table>(options, options.keys_max / shards, bytes_max);
  self->delayed_send(self, sweep_every, sweep_atom::value);
  return {
      [=](admit& what) -> caf::result<caf::message> {
        // A message to a null handle would vanish: the asker would only learn by its deadline.
        if (!what.target) return refuse(errc::not_ready);
        auto has_principal = !what.principal_key.empty();
        if (!what.address_key.empty()) {
          auto skip = what.kind == rate_class::ingest && has_principal;
          if (!skip && !charged(self, *numbers, what, key_kind::address))
            return refuse(errc::over_limit);
          what.address_key.clear();
          if (auto next = what.principal_shard; has_principal && next && next != self)
            return self->delegate(next, std::move(what));
        }
        if (has_principal && !charged(self, *numbers, what, key_kind::principal))
          return refuse(errc::over_limit);
        numbers->limit_granted.Increment();
        return self->delegate(what.target, std::move(what.request));
      },
      [=](sweep_atom) {
        auto done = on_table(self, *numbers, [](limit_table& table, auto now) {
          return table.forget_idle(now, swept_at_once);
        });
        if (done)
          self->delayed_send(self, sweep_every, sweep_atom::value);
        else
          self->send(self, sweep_atom::value);
      }};
}

}  // namespace stellwerk
