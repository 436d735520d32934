// The HTTP side: one session, its tokens, and requests that renew them when they must.

const base = "/api/v1";
const storage_key = "stellwerk.session";
const request_ms = 10_000;
const renew_early_ms = 60_000;
const renew_again_ms = 5_000;
const repeat_ms = 10_000; // so long the server answers a repeated renewal as it did the first time
const renewal_try_ms = 2_500;
const renewal_pause_ms = 500;

/** What the server (or the way to it) had against a request. `status` is 0 if no answer came. */
export class Problem extends Error {
  constructor({ status, code, detail, title, errors, retry_after_s = null }) {
    super(detail || title || "The server refused the request.");
    this.status = status;
    this.code = code ?? null;
    this.errors = errors ?? [];
    this.retry_after_s = retry_after_s;
  }
}

/**
 * `renewal_key` is sent with the refresh token: with the same key the same token may come again.
 * @type {{access_token: string, refresh_token: string, renewal_key: string, expires_at: number}
 *   | null}
 */
let session = null;
let renewal = null;
let renew_timer = 0;
let on_end = () => {};

// A duplicated tab holds the same refresh token, and using an old one ends the session of both: the
// tab that renews tells the others.
const tabs = new BroadcastChannel(storage_key);
tabs.onmessage = ({ data }) => {
  if (session && session.refresh_token === data.old) adopt(data.session);
};

function adopt(fresh) {
  session = fresh;
  clearTimeout(renew_timer);
  try {
    if (session) sessionStorage.setItem(storage_key, JSON.stringify(session));
    else sessionStorage.removeItem(storage_key);
  } catch {
    // Without storage the session lives as long as the page.
  }
  if (!session) return;
  const left_ms = session.expires_at - Date.now();
  schedule_renewal(Math.max(left_ms - renew_early_ms, left_ms / 2, 1000));
}

function schedule_renewal(delay_ms) {
  renew_timer = setTimeout(() => renew().catch(() => {}), Math.min(delay_ms, 2 ** 31 - 1));
}

function end_session() {
  if (!session) return;
  adopt(null);
  on_end();
}

/** Not crypto.randomUUID, which plain HTTP does not have. */
const random_key = () =>
  [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");

const from_answer = (answer) => ({
  access_token: answer.access_token,
  refresh_token: answer.refresh_token,
  renewal_key: random_key(),
  expires_at: Date.now() + answer.expires_in * 1000,
});

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function exchange(
  method,
  path,
  { body, headers = {}, token, wait_ms = 0, within_ms = request_ms + wait_ms } = {},
) {
  const sent = { ...headers };
  if (token) sent.Authorization = `Bearer ${token}`;
  if (body !== undefined) sent["Content-Type"] = "application/json";
  let response, text;
  try {
    response = await fetch(path, {
      method,
      headers: sent,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(within_ms),
    });
    text = await response.text();
  } catch {
    throw new Problem({ status: 0, code: "unreachable", detail: "The server does not answer." });
  }
  const answer = parsed(text);
  if (response.ok) return answer;
  const retry_after_s = Number.parseInt(response.headers.get("Retry-After"), 10);
  throw new Problem({
    ...answer,
    status: response.status,
    retry_after_s: Number.isNaN(retry_after_s) ? null : retry_after_s,
  });
}

const is_lost = ({ status }) => status === 0 || status >= 500;

/** Spends the refresh token: an answer that is lost is asked for again while the server knows it. */
async function spend({ refresh_token, renewal_key }) {
  const last_try_at = Date.now() + repeat_ms - renewal_try_ms;
  for (;;) {
    try {
      return await exchange("POST", `${base}/auth/refresh`, {
        body: { refresh_token },
        headers: { "Idempotency-Key": renewal_key },
        within_ms: renewal_try_ms,
      });
    } catch (problem) {
      if (!is_lost(problem) || Date.now() + renewal_pause_ms > last_try_at) throw problem;
    }
    await new Promise((resolve) => setTimeout(resolve, renewal_pause_ms));
  }
}

async function renew_from(old) {
  if (session !== old) return; // another window was faster
  try {
    const answer = await spend(old);
    if (session !== old) return;
    adopt(from_answer(answer));
    tabs.postMessage({ old: old.refresh_token, session });
  } catch (problem) {
    if (session !== old) return;
    const final = !is_lost(problem) && problem.status !== 429;
    if (final) end_session();
    else schedule_renewal((problem.retry_after_s ?? 0) * 1000 || renew_again_ms);
    throw problem;
  }
}

/**
 * Renews the tokens. Callers at the same time share one request; windows that hold the same session
 * take turns. A refusal ends the session.
 */
export function renew() {
  if (!session) return Promise.resolve();
  const run = renew_from.bind(null, session);
  // Over plain HTTP only loopback has locks: elsewhere the common key makes both get one answer.
  renewal ??= (navigator.locks?.request(storage_key, run) ?? run()).finally(() => {
    renewal = null;
  });
  return renewal;
}

/**
 * Sends an authenticated request; a refused token is renewed once. Resolves to the answer's JSON,
 * throws `Problem`.
 */
export async function call(method, path, options = {}) {
  const token = access_token();
  const attempt = () => exchange(method, base + path, { ...options, token: access_token() });
  try {
    return await attempt();
  } catch (problem) {
    if (problem.status !== 401 || !session) throw problem;
    if (session.access_token === token) await renew();
  }
  try {
    return await attempt();
  } catch (problem) {
    if (problem.status === 401) end_session();
    throw problem;
  }
}

/** All items of a list, page by page, up to `most`. `more` tells that the server holds others. */
export async function call_list(path, most) {
  const items = [];
  let cursor = null;
  do {
    const next = cursor === null ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page = await call("GET", `${path}${path.includes("?") ? "&" : "?"}limit=1000${next}`);
    items.push(...page.items);
    cursor = page.next_cursor;
  } while (cursor !== null && items.length < most);
  return { items: items.slice(0, most), more: cursor !== null || items.length > most };
}

/** Health is public; a server that is not ready answers too. Throws `Problem` if none answers. */
export async function health() {
  let response;
  try {
    response = await fetch("/health", { signal: AbortSignal.timeout(request_ms) });
    return await response.json();
  } catch {
    throw new Problem({ status: response?.status ?? 0, detail: "The server does not answer." });
  }
}

export const access_token = () => session?.access_token ?? null;

/** Takes up the session of this tab, if it has one, and tells later when it has ended. */
export function restore_session(when_ended) {
  on_end = when_ended;
  try {
    const stored = parsed(sessionStorage.getItem(storage_key));
    if (stored?.refresh_token) adopt(stored);
  } catch {
    // No storage, no session.
  }
  return session !== null;
}

/** Signs in (`login`) or creates the first administrator (`setup`). */
export async function enter(route, body) {
  adopt(from_answer(await exchange("POST", `${base}/auth/${route}`, { body })));
}

/** Ends the session at the server; the page forgets it whatever the server says. */
export async function leave() {
  const token = access_token();
  end_session();
  await exchange("POST", `${base}/auth/logout`, { token }).catch(() => {});
}
