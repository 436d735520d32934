// Wires the page: who is signed in, what the plant is, and whether what is shown is live.

import { call, call_list, health, leave, restore_session } from "/api.js";
import { make_cards } from "/cards.js";
import { server_now } from "/clock.js";
import { make_connection } from "/connection.js";
import { by_id, set_text } from "/element.js";
import { date_text } from "/format.js";
import { make_history } from "/history.js";
import { make_journal } from "/journal.js";
import { devices_max, make_plant } from "/plant.js";
import { make_door } from "/sign_in.js";
import { open_stream } from "/stream.js";

const retry_ms = 3_000;
const journal_first = 100;
const reload_delay_ms = 300;
const reload_one_by_one_max = 5;
const reread_links_ms = 10_000;

let permissions = new Set();
let visit = null;
let leaving = false;

const context = {
  is_live: () => connection.is_live(),
  may_command: () => permissions.has("device:command"),
};
const door = make_door(enter_site);
const journal = make_journal({
  list: by_id("entries"),
  chips: by_id("journal_chips"),
  search: by_id("journal_filter"),
  note: by_id("journal_note"),
});
const cards = make_cards(
  {
    grid: by_id("cards"),
    chips: by_id("state_chips"),
    search: by_id("device_filter"),
    note: by_id("plant_note"),
  },
  context,
  (points) => visit?.history.want(points),
);
const plant = make_plant({
  on_device: cards.put,
  on_link: cards.link,
  on_removed: cards.remove,
  on_sample: cards.sample,
});

const connection = make_connection(() => {
  if (!connection.is_live()) plant.break_trends(server_now());
  cards.repaint();
});

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks for health until the server answers, and shows who it is. */
async function meet_server() {
  for (;;) {
    try {
      const answer = await health();
      show_site(answer);
      return answer;
    } catch {
      door.show_silence();
      await pause(retry_ms);
    }
  }
}

function show_site({ site, version }) {
  if (site) {
    set_text(by_id("site_name"), site);
    document.title = `${site} · Stellwerk`;
  }
  if (version) set_text(by_id("version"), `Version ${version}`);
}

/** Opens a visit: everything that ends with the session hangs on it. */
async function enter_site() {
  const mine = (visit = {
    history: make_history((point) => cards.sample(point)),
    stream: null,
    pending: new Set(),
    timer: 0,
    reread: 0,
  });
  door.hide();
  by_id("views").hidden = false;
  connection.open();
  while (visit === mine && !(await load(mine))) await pause(retry_ms);
}

/**
 * Reads who the caller is, the devices and the newest journal, then goes live. False if it must be
 * tried again.
 */
async function load(mine) {
  try {
    const me = await call("GET", "/auth/me");
    if (visit !== mine) return true;
    permissions = new Set(me.permissions);
    by_id("account").hidden = false;
    set_text(by_id("user_name"), me.username);
    set_text(by_id("user_role"), [...new Set(me.roles.map(({ role }) => role))].join(", "));
    await reload_all(mine);
    const newest = await read_journal();
    if (visit !== mine) return true;
    mine.stream = open_stream(listener(mine), newest);
    if (!permissions.has("journal:read"))
      mine.reread = setInterval(() => reload_quietly(mine), reread_links_ms);
    return true;
  } catch (problem) {
    if (!(problem.status >= 0)) throw problem;
    if (problem.status === 403) {
      cards.note("Your role may not see the devices of this site.");
      connection.close();
      return true;
    }
    connection.show({ live: false, retry_at: Date.now() + retry_ms });
    await pause((problem.retry_after_s ?? 0) * 1000);
    return false;
  }
}

async function reload_all(mine) {
  const { items, more } = await call_list("/devices", devices_max);
  if (visit !== mine) return;
  plant.replace(items.sort((a, b) => (a.name < b.name ? -1 : 1)));
  cards.note(more ? `The first ${devices_max} devices are shown; this site has more.` : "");
}

/** For when the next event or reconnection mends what this one could not read. */
const reload_quietly = (mine) => reload_all(mine).catch(() => {});

async function read_journal() {
  journal.clear();
  try {
    const { items } = await call("GET", `/journal?limit=${journal_first}`);
    journal.add(items.toReversed());
    return items[0]?.seq ?? null;
  } catch (problem) {
    if (problem.status !== 403) throw problem;
    journal.note(
      "Your role may not read the stored journal. What it may see appears here as it happens.",
    );
    return null;
  }
}

const listener = (mine) => ({
  on_state: connection.show,
  on_hello(hello) {
    show_site(hello);
    if (mine.met) reload_quietly(mine);
    mine.met = true;
  },
  on_samples: plant.take,
  on_event(event) {
    journal.add([event]);
    follow(mine, event);
  },
  on_gap(gap) {
    journal.add([gap]);
    reload_quietly(mine);
  },
  on_refusal({ message, ref }) {
    if (ref === "journal") journal.note(`The journal cannot be followed: ${message}`);
    else cards.note(message);
  },
});

/** What an event changes on the page beside the journal. */
function follow(mine, { type, subject, time, data }) {
  const [noun, name] = (subject ?? "").split("/");
  if (type.startsWith("command.") && data?.device)
    cards.hear(`${data.device}/${data.channel}`, { type, time, data });
  if (type === "device.state_changed") plant.change_link(name, data, time);
  if (noun !== "device" && noun !== "channel") return;
  mine.pending.add(name);
  mine.timer ||= setTimeout(() => reload_pending(mine), reload_delay_ms);
}

/** Reads again the devices that have changed; all of them if they are many. */
async function reload_pending(mine) {
  const names = [...mine.pending];
  mine.pending.clear();
  mine.timer = 0;
  if (names.length > reload_one_by_one_max) return reload_quietly(mine);
  try {
    for (const name of names) await reload_one(mine, name);
  } catch {
    // The next event or reconnection reads them again.
  }
}

async function reload_one(mine, name) {
  const path = encodeURIComponent(name);
  try {
    const device = await call("GET", `/devices/${path}`);
    if (visit === mine) plant.put(device);
  } catch (problem) {
    if (problem.status !== 404) throw problem;
    const gone = plant.by_name(name);
    if (gone) plant.remove(gone);
    return;
  }
  const { items } = await call("GET", `/samples/latest?channel=${path}/*`);
  plant.take(items);
}

function leave_site() {
  const old = visit;
  visit = null;
  permissions = new Set();
  if (old) {
    old.stream?.close();
    old.history.stop();
    clearTimeout(old.timer);
    clearInterval(old.reread);
  }
  connection.close();
  plant.replace([]);
  journal.clear();
  for (const id of ["views", "account"]) by_id(id).hidden = true;
}

by_id("sign_out").addEventListener("click", () => {
  leaving = true;
  leave();
});
for (const button of document.querySelectorAll(".switch button"))
  button.addEventListener("click", () => {
    by_id("views").dataset.view = button.dataset.view;
    for (const each of document.querySelectorAll(".switch button"))
      each.setAttribute("aria-pressed", String(each === button));
  });

setInterval(() => {
  set_text(by_id("clock"), date_text(server_now()));
  if (!visit) return;
  connection.tick();
  cards.tick();
}, 1000);
set_text(by_id("clock"), date_text(server_now()));

const has_session = restore_session(async () => {
  leave_site();
  const message = leaving
    ? "You have signed out."
    : "Your session has ended. Please sign in again.";
  leaving = false;
  door.show(await meet_server(), message);
});
const greeting = await meet_server();
if (has_session) enter_site();
else door.show(greeting);
