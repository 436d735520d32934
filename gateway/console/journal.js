// The newest entries of the journal, live: newest on top, a bounded number, filtered by words and
// kind.

import { copy_of, make_chips, set_text } from "/element.js";
import { date_text, time_text } from "/format.js";

const rows_max = 200;
const data_chars_max = 20_000;
const kinds = [
  { value: "all", label: "All" },
  { value: "command", label: "Commands" },
  { value: "device", label: "Devices" },
  { value: "auth", label: "Access" },
  { value: "system", label: "System" },
];
const kind_of = {
  command: "command",
  device: "device",
  channel: "device",
  auth: "auth",
  user: "auth",
};
const bad_words = /\b(failed|refused|expired|reused|sequence_gap|dropped)$/;
const good_words = /\b(verified|done|online)$/;

const plain = (value) =>
  value !== null && typeof value === "object" ? JSON.stringify(value) : String(value);

/** One line that tells an event to people. */
function sentence({ type, subject, data, actor }) {
  const name = subject?.slice(subject.indexOf("/") + 1) ?? "";
  if (type.startsWith("command.") && data?.device) {
    const target = `${data.device}/${data.channel}`;
    return `${target} → ${plain(data.value)}${data.detail ? `, ${data.detail}` : ""}`;
  }
  if (type === "device.state_changed")
    return `${name}: ${data?.from} → ${data?.to}${data?.reason ? `, ${data.reason}` : ""}`;
  if (type.startsWith("auth.")) return actor?.name ?? actor?.address ?? subject ?? "";
  return name || subject || "";
}

function mark_of({ type, data }) {
  const word = type === "device.state_changed" ? String(data?.to) : type;
  if (bad_words.test(word) || word === "offline") return "bad";
  return good_words.test(word) ? "good" : "plain";
}

/** @param {{list, chips, search, note}} place elements */
export function make_journal(place) {
  let waiting = [];
  let frame = 0;
  let kind_wanted = "all";
  const facts = new WeakMap();

  make_chips(place.chips, kinds, (value) => {
    kind_wanted = value;
    filter();
  });
  place.search.addEventListener("input", filter);

  function make_row(event) {
    const row = copy_of("entry_template");
    const details = row.firstElementChild;
    const [time, type, what, actor] = details.firstElementChild.children;
    const told = sentence(event);
    const who = event.actor?.name ?? event.actor?.principal ?? "";
    time.textContent = time_text(event.time);
    time.dateTime = event.time;
    time.title = date_text(event.time);
    type.textContent = event.type;
    what.textContent = told;
    actor.textContent = who === "system" || told === who ? "" : who;
    row.dataset.mark = mark_of(event);
    details.addEventListener(
      "toggle",
      () => {
        const { hash, ...shown } = event;
        details.lastElementChild.textContent = JSON.stringify(shown, null, 2).slice(
          0,
          data_chars_max,
        );
      },
      { once: true },
    );
    facts.set(row, {
      kind: kind_of[event.type.split(".")[0]] ?? "system",
      text: [event.type, event.subject, told, who, event.actor?.address].join(" ").toLowerCase(),
    });
    return row;
  }

  function make_gap({ from, to }) {
    const row = make_row({
      seq: to,
      time: new Date().toISOString(),
      type: "journal.gap",
      subject: `entries ${from} to ${to} are no longer held`,
      actor: null,
      data: null,
    });
    row.dataset.mark = "bad";
    return row;
  }

  function words_wanted() {
    return place.search.value.toLowerCase().split(/\s+/).filter(Boolean);
  }

  function fits(row, words) {
    const { kind, text } = facts.get(row);
    return (
      (kind_wanted === "all" || kind === kind_wanted) && words.every((word) => text.includes(word))
    );
  }

  function draw() {
    frame = 0;
    const words = words_wanted();
    const fresh = waiting
      .map((entry) => (entry.type ? make_row(entry) : make_gap(entry)))
      .reverse();
    waiting = [];
    for (const row of fresh) row.hidden = !fits(row, words);
    place.list.prepend(...fresh);
    while (place.list.childElementCount > rows_max) place.list.lastElementChild.remove();
    tell();
  }

  function filter() {
    const words = words_wanted();
    for (const row of place.list.children) row.hidden = !fits(row, words);
    tell();
  }

  function tell() {
    const rows = [...place.list.children];
    if (rows.length > 0 && rows.every((row) => row.hidden))
      set_text(place.note, "No entry fits the filter.");
    else if (rows.length > 0) set_text(place.note, "");
  }

  return {
    /** Adds events, oldest first; an entry without a type is a gap `{from, to}`. */
    add(entries) {
      waiting = waiting.concat(entries).slice(-rows_max);
      if (frame === 0) frame = requestAnimationFrame(draw);
    },
    clear() {
      waiting = [];
      place.list.replaceChildren();
      set_text(place.note, "");
    },
    note: (text) => set_text(place.note, text),
  };
}
