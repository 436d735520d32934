#include "actors/field/modbus_bus.hpp"

#include <caf/send.hpp>

namespace stellwerk {

namespace {

using pointer = modbus_bus_self*;

void wake(pointer self) {
  auto& s = self->state;
  if (s.awake) return;
  s.awake = true;
  self->send(self, modbus_tick{++s.generation, false});
}

void work_on(pointer self) {
  auto& s = self->state;
  self->kick.forget();  // of the mail that is read by now, or seen to wait
  std::optional<steady_moment> next;
  do {
    next = s.work->step();
  } while (next && *next <= self->clock().now() && self->waiting() == 0);
  if (!next) return;
  auto wait = *next - self->clock().now();
  if (wait <= steady_span::zero()) return wake(self);
  self->delayed_send(self, wait, modbus_tick{++s.generation, false});
}

}  // namespace

modbus_bus_actor::behavior_type modbus_bus(
    pointer self, const std::string& host, std::uint16_t port, const field_options& options,
    const instruments& tell
) {
  auto push = [](const bus_listener& to, bus_results what) { caf::anon_send(to, std::move(what)); };
  auto end = [](const bus_listener& to, write_outcome what) {
    if (to) caf::anon_send<caf::message_priority::high>(to, std::move(what));
  };
  self->state.work.emplace(
      host, port, options,
      modbus_outside{
          [self] { return self->clock().now(); }, push, end, tell,
          [self] { return self->waiting() > 0; }, self->kick}
  );
  self->set_exit_handler([self](caf::exit_msg& why) {
    self->state.work->stop();
    self->state.stopping = std::move(why.reason);
    self->send(self, modbus_tick{++self->state.generation, true});
  });
  return {
      [self](const serve_unit& what) {
        self->state.work->serve(what);
        wake(self);
      },
      [self](const drop_unit& what) { self->state.work->drop(what); },
      [self](const write_point& what) {
        self->state.work->write(what);
        wake(self);
      },
      [self](const modbus_tick& tick) {
        if (tick.last) return self->quit(self->state.stopping);
        if (tick.generation != self->state.generation) return;
        self->state.awake = false;
        work_on(self);
      }};
}

}  // namespace stellwerk
