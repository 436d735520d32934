// The live side: one WebSocket that comes back by itself and resumes where it was cut.

import { access_token, renew } from "/api.js";
import { learn_time, server_now } from "/clock.js";

const protocol = "stellwerk.stream.v1";
const first_wait_ms = 500;
const longest_wait_ms = 15_000;
const hello_ms = 8_000;
const silence_ms = 8_000;
const probe_ms = 4_000;

/**
 * Keeps a stream open until `close()`.
 * @param {object} to whom it is told:
 *   `on_state({live, retry_at})` at each change (`retry_at` in ms, null while it connects),
 *   `on_hello({principal, site, version})`, `on_samples(samples)`, `on_event(event)`,
 *   `on_gap({from, to})`, `on_refusal({code, message, ref})`
 * @param {number | null} after the `seq` of the last journal entry that the page has
 */
export function open_stream(to, after) {
  let socket = null;
  let failures = 0;
  let heard_at = 0;
  let token_used = null;
  let closed = false;
  let live = false;
  let timer = 0;

  const handlers = {
    hello_ok(payload, time) {
      learn_time(time, true);
      if (live) return; // a fresh token was taken; the subscriptions go on
      failures = 0;
      live = true;
      clearTimeout(timer);
      to.on_hello(payload);
      to.on_state({ live, retry_at: null });
      // Two subscriptions, so that who may not read the journal still sees values.
      send("subscribe", { id: "values", samples: ["*"], events: [], after: null });
      send("subscribe", { id: "journal", samples: [], events: ["*"], after });
    },
    sample_batch(payload, time) {
      learn_time(time);
      to.on_samples(payload.samples);
    },
    event(payload) {
      after = Math.max(after ?? 0, payload.seq);
      to.on_event(payload);
    },
    gap(payload) {
      after = Math.max(after ?? 0, payload.to);
      to.on_gap(payload);
    },
    async reauth_required() {
      const mine = socket;
      if (token_used === access_token()) await renew().catch(() => {});
      if (mine === socket && token_used !== access_token()) greet();
    },
    error: (payload) => to.on_refusal(payload),
  };

  function send(type, payload) {
    socket.send(JSON.stringify({ type, ts: new Date(server_now()).toISOString(), payload }));
  }

  function greet() {
    send("hello", { token: (token_used = access_token()) });
  }

  function connect() {
    clearTimeout(timer);
    if (closed) return;
    to.on_state({ live: false, retry_at: null });
    const address = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/stream`;
    const mine = (socket = new WebSocket(address, protocol));
    timer = setTimeout(() => lose(mine, "no hello"), hello_ms);
    mine.onopen = greet;
    mine.onmessage = ({ data }) => mine === socket && receive(mine, data);
    mine.onclose = ({ reason }) => lose(mine, reason);
  }

  function receive(mine, data) {
    heard_at = Date.now();
    try {
      const { type, ts, payload } = JSON.parse(data);
      handlers[type]?.(payload, ts);
    } catch (error) {
      console.error(error);
      lose(mine, "unreadable frame");
    }
  }

  /** Gives a socket up, whoever ended it, and plans the next one. */
  async function lose(mine, reason) {
    if (mine !== socket) return;
    socket = null;
    mine.close();
    clearTimeout(timer);
    const was_live = live;
    live = false;
    if (closed) return;
    failures += 1;
    let wait_ms =
      Math.min(first_wait_ms * 2 ** (failures - 1), longest_wait_ms) * (0.8 + 0.4 * Math.random());
    if (reason === "Rate limit exceeded") wait_ms = longest_wait_ms;
    if (reason === "Session ended" && was_live) wait_ms = 0;
    to.on_state({ live: false, retry_at: Date.now() + wait_ms });
    const refused = reason === "Session ended" || reason === "Invalid token";
    if (refused && token_used === access_token()) await renew().catch(() => {});
    if (!closed && socket === null) timer = setTimeout(connect, wait_ms);
  }

  // A cut line shows in no event of the browser's: when nothing was heard for a while, health is
  // asked.
  const watch = setInterval(async () => {
    const mine = socket;
    if (!live || Date.now() - heard_at < silence_ms) return;
    const answer = await fetch("/health/live", { signal: AbortSignal.timeout(probe_ms) }).catch(
      () => null,
    );
    if (answer) heard_at = Date.now();
    else lose(mine, "silence");
  }, 2_000);

  const connect_now = () => {
    if (socket === null) connect();
  };
  addEventListener("online", connect_now);
  connect();

  return {
    close() {
      closed = true;
      clearTimeout(timer);
      clearInterval(watch);
      removeEventListener("online", connect_now);
      socket?.close();
    },
  };
}
