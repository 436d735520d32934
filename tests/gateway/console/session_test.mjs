// The console's session against a server that spends refresh tokens as ours does. Run by node; each
// import is a window of its own.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { beforeEach, test } from "node:test";

const folder = new URL("../../../gateway/console/", import.meta.url);
const as_module = (source) => `data:text/javascript,${encodeURIComponent(source)}`;
const source_of = (name) => readFile(new URL(name, folder), "utf8");

let windows = 0;
async function open_window(more = "") {
  return import(as_module(`${await source_of("api.js")}\n${more}// window ${++windows}`));
}

const stored = "stellwerk.session";
let storage, spent, refreshes, lost_answers;

/** A token is spent once; the same key may have the same pair again. */
function refresh({ refresh_token }, key) {
  refreshes += 1;
  const before = spent.get(refresh_token);
  if (before) return key && before.key === key ? before.pair : null;
  const next = Number(refresh_token.slice(1)) + 1;
  const pair = { access_token: `a${next}`, refresh_token: `r${next}`, expires_in: 1800 };
  spent.set(refresh_token, { key, pair });
  return pair;
}

beforeEach(() => {
  const pair = { access_token: "a1", refresh_token: "r1", renewal_key: "k1" };
  storage = { [stored]: JSON.stringify({ ...pair, expires_at: Date.now() + 1_800_000 }) };
  spent = new Map();
  refreshes = 0;
  lost_answers = 0;
});

const later = globalThis.setTimeout;
globalThis.setTimeout = (f, ms) => (ms < 1000 ? later(f, 0) : 0);
globalThis.navigator = {}; // without locks, as over plain HTTP
globalThis.sessionStorage = {
  getItem: (name) => storage[name] ?? null,
  setItem: (name, text) => void (storage[name] = text),
  removeItem: (name) => void delete storage[name],
};
globalThis.BroadcastChannel = class {
  postMessage() {} // the slowest of channels: whatever is told comes too late
};
globalThis.fetch = async (path, { headers, body }) => {
  const pair = refresh(JSON.parse(body), headers["Idempotency-Key"]);
  if (lost_answers-- > 0) throw new TypeError("the line was cut");
  return new Response(JSON.stringify(pair ?? { code: "unauthenticated" }), {
    status: pair ? 200 : 401,
  });
};

test("two windows with one stored session get one pair", async () => {
  const [one, two] = [await open_window(), await open_window()];
  for (const each of [one, two]) assert.ok(each.restore_session(() => assert.fail("signed out")));
  await Promise.all([one.renew(), two.renew()]);
  assert.equal(refreshes, 2);
  assert.equal(one.access_token(), "a2");
  assert.equal(two.access_token(), "a2");
});

test("a renewal whose answers are lost is asked for again", async () => {
  const one = await open_window();
  one.restore_session(() => assert.fail("signed out"));
  lost_answers = 2;
  await one.renew();
  assert.equal(refreshes, 3);
  assert.equal(one.access_token(), "a2");
  assert.equal(JSON.parse(storage[stored]).refresh_token, "r2");
});

test("each pair has a key of its own, and a refusal ends the session", async () => {
  const one = await open_window();
  let ended = 0;
  one.restore_session(() => (ended += 1));
  await one.renew();
  const { renewal_key } = JSON.parse(storage[stored]);
  assert.match(renewal_key, /^[0-9a-f]{32}$/);
  spent.set("r2", { key: "a thief's" });
  await assert.rejects(one.renew());
  assert.equal(ended, 1);
  assert.equal(one.access_token(), null);
});

test("a stream goes on with a fresh token and does not subscribe again", async () => {
  const sent = [];
  let socket;
  globalThis.location = { protocol: "http:", host: "localhost" };
  globalThis.addEventListener = () => {};
  globalThis.removeEventListener = () => {};
  globalThis.WebSocket = class {
    constructor() {
      socket = this;
    }
    send(text) {
      sent.push(JSON.parse(text));
    }
    close() {}
  };
  const receive = (type) =>
    socket.onmessage({ data: JSON.stringify({ type, ts: new Date().toISOString(), payload: {} }) });
  const api = as_module(`${await source_of("api.js")}\n// window ${++windows}`);
  const clock = as_module(await source_of("clock.js"));
  const text = (await source_of("stream.js")).replace("/api.js", api).replace("/clock.js", clock);
  const { restore_session, renew } = await import(api);
  restore_session(() => assert.fail("signed out"));
  const { open_stream } = await import(as_module(text));
  const stream = open_stream({ on_state() {}, on_hello() {} }, null);
  socket.onopen();
  receive("hello_ok");
  const types = () => sent.map(({ type }) => type).join(" ");
  assert.equal(types(), "hello subscribe subscribe");
  receive("reauth_required");
  await renew(); // the one that the stream has begun
  await new Promise((resolve) => later(resolve, 0));
  assert.equal(types(), "hello subscribe subscribe hello");
  assert.equal(sent.at(-1).payload.token, "a2");
  assert.equal(refreshes, 1);
  receive("hello_ok");
  assert.equal(types(), "hello subscribe subscribe hello");
  stream.close();
});
