// Fills the trends of the channels on the screen from stored samples, one request at a time.
// What came on the screen last comes first.

import { call } from "/api.js";
import { server_now } from "/clock.js";

const window_ms = 180_000;
const waiting_max = 200;
const points_max = 1000;
const quick_requests = 40;
const pause_ms = 500;

/** @param {(point: object) => void} on_filled told when a point's trend has changed */
export function make_history(on_filled) {
  const waiting = [];
  const asked = new WeakSet();
  let running = false;
  let requests = 0;
  let stopped = false;

  async function fill(point) {
    const span_ms = Math.min(window_ms, points_max * (point.channel.poll_ms || 1000));
    const from = new Date(server_now() - span_ms).toISOString();
    const page = await call(
      "GET",
      `/samples?channel=${encodeURIComponent(point.key)}&from=${from}&limit=${points_max}`,
    );
    point.trend.preload(
      page.items.map(({ time, value, quality }) => [
        Date.parse(time),
        quality === "bad" || quality === "stale" ? NaN : Number(value),
      ]),
    );
    on_filled(point);
  }

  const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

  async function run() {
    running = true;
    while (waiting.length > 0 && !stopped) {
      const point = waiting.pop();
      try {
        await fill(point);
      } catch (problem) {
        // A trend without its past is no harm; a server that wants rest gets it.
        if (problem.status === 403) stopped = true;
        if (problem.status === 429 || problem.status === 503)
          await pause((problem.retry_after_s ?? 5) * 1000);
      }
      // The first screen comes at once; scrolling through hundreds of devices keeps well under the
      // rate limit.
      requests += 1;
      if (requests > quick_requests) await pause(pause_ms);
    }
    running = false;
  }

  return {
    /**
     * Asks for these points; what has waited longest is dropped at the limit, it has left the
     * screen.
     */
    want(points) {
      for (const point of points) {
        if (!point.trend || asked.has(point)) continue;
        asked.add(point);
        waiting.push(point);
      }
      for (const dropped of waiting.splice(0, Math.max(0, waiting.length - waiting_max)))
        asked.delete(dropped);
      if (!running && !stopped) run();
    },
    stop() {
      stopped = true;
    },
  };
}
