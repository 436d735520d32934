#include "gateway/health.hpp"

#include <map>

#include "actors/model/codec.hpp"

namespace stellwerk::gateway {

struct health_view {
  std::string status;  // ok, degraded, starting, stopping
  std::string version = STELLWERK_VERSION;
  std::int64_t uptime_s = 0;
  std::string site;
  bool demo = false;
  bool setup_required = false;
  std::map<std::string, bool> checks;
};
BOOST_DESCRIBE_STRUCT(
    health_view, (), (status, version, uptime_s, site, demo, setup_required, checks)
)

std::optional<http_answer> health_answer(
    std::string_view path, const services& all, bool setup_required,
    std::chrono::steady_clock::duration up
) {
  bool live = path == "/health/live";
  if (!live && path != "/health" && path != "/health/ready") return {};
  auto& now = *all.health;
  health_view view;
  view.site = all.site;
  view.uptime_s = std::chrono::floor<std::chrono::seconds>(up).count();
  view.demo = now.demo;
  view.setup_required = setup_required;
  view.checks = {
      {"loaded", now.ready},
      {"store", now.store_ok},
      {"history", now.history_ok},
      {"disk", now.disk_ok},
      {"journal", now.journal_ok}};
  bool whole = now.store_ok && now.history_ok && now.disk_ok && now.journal_ok;
  view.status = now.stopping ? "stopping" : !now.ready ? "starting" : whole ? "ok" : "degraded";
  bool serves = now.ready && !now.stopping && now.store_ok;
  http_answer made{.status = live || serves ? 200 : 503, .type = "application/json"};
  made.body = json::encode(view);
  return made;
}

}  // namespace stellwerk::gateway
