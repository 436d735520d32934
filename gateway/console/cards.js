// Draws the plant: a card for each device. Only what has changed and is on the screen is touched.

import { make_card } from "/card.js";
import { server_now } from "/clock.js";
import { make_chips, set_text } from "/element.js";

const cards_per_frame = 20;
const grid_row_px = 4;
const gap_px = 16;
const link_states = ["online", "degraded", "offline", "connecting", "disabled"];
const by_natural_name = new Intl.Collator("en", { numeric: true }).compare;
const capital = (word) => word[0].toUpperCase() + word.slice(1);

/** Packs cards of different heights: each spans as many of the grid's fine rows as it is tall. */
function span(card, height_px) {
  const rows = `span ${Math.ceil((height_px + gap_px) / grid_row_px)}`;
  if (height_px > 0 && card.style.gridRowEnd !== rows) card.style.gridRowEnd = rows;
}

/**
 * @param {{grid, chips, search, note}} place elements
 * @param {{is_live: () => boolean, may_command: () => boolean}} context
 * @param {(points: object[]) => void} on_seen told which points came on the screen
 */
export function make_cards(place, context, on_seen) {
  const cards = new Map();
  const rows = new Map();
  const incoming = new Map();
  const dirty = new Set();
  let frame = 0;
  let unfiltered = false;
  let state_wanted = "all";
  let limit_note = "";

  const choices = ["all", ...link_states].map((value) => ({ value, label: capital(value) }));
  const chips = make_chips(place.chips, choices, (value) => {
    state_wanted = value;
    filter_soon();
  });
  place.search.addEventListener("input", filter_soon);

  const sight = new IntersectionObserver(
    (changes) => {
      for (const { target, isIntersecting } of changes) {
        const made = cards.get(target.dataset.id);
        if (made?.card !== target) continue;
        made.seen = isIntersecting;
        if (!isIntersecting) continue;
        made.paint();
        made.tick(server_now());
        on_seen(made.rows.map((row) => row.point));
      }
    },
    { rootMargin: "200px" },
  );
  const sizes = new ResizeObserver((changes) => {
    for (const { target, borderBoxSize } of changes) span(target, borderBoxSize[0].blockSize);
  });

  function build({ device, points }) {
    const made = make_card(device, points, context);
    const old = cards.get(device.id);
    made.card.style.containIntrinsicHeight = `auto ${made.height_px}px`;
    span(made.card, made.height_px);
    if (old) {
      forget(old);
      old.card.replaceWith(made.card);
    } else {
      place.grid.insertBefore(made.card, follower(device.name));
    }
    cards.set(device.id, made);
    for (const row of made.rows) rows.set(row.point.key, row);
    made.paint_link();
    sight.observe(made.card);
    sizes.observe(made.card);
  }

  function forget(made) {
    for (const row of made.rows) if (rows.get(row.point.key) === row) rows.delete(row.point.key);
    sight.unobserve(made.card);
    sizes.unobserve(made.card);
  }

  /** The card before which a name belongs; most often none, for the list comes sorted. */
  function follower(name) {
    const shown = place.grid.children;
    let low = 0;
    let high = shown.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = cards.get(shown[middle].dataset.id).device.name;
      if (by_natural_name(other, name) < 0) low = middle + 1;
      else high = middle;
    }
    return shown[low] ?? null;
  }

  function request_frame() {
    if (frame === 0) frame = requestAnimationFrame(draw);
  }

  function filter_soon() {
    unfiltered = true;
    request_frame();
  }

  function draw() {
    frame = 0;
    const built = [...incoming.keys()].slice(0, cards_per_frame);
    for (const id of built) {
      build(incoming.get(id));
      incoming.delete(id);
    }
    if (unfiltered || built.length > 0) filter();
    for (const point of dirty) if (cards.get(point.device.id)?.seen) rows.get(point.key)?.paint();
    dirty.clear();
    if (incoming.size > 0) request_frame();
  }

  function filter() {
    unfiltered = false;
    const words = place.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const counts = new Map(link_states.map((state) => [state, 0]));
    let shown = 0;
    for (const { card, device, text } of cards.values()) {
      const { state } = device.link;
      counts.set(state, (counts.get(state) ?? 0) + 1);
      const fits =
        (state_wanted === "all" || state_wanted === state) &&
        words.every((word) => text.includes(word));
      if (card.hidden === fits) card.hidden = !fits;
      shown += fits;
    }
    tell_counts(counts.set("all", cards.size));
    tell_note(shown);
  }

  function tell_counts(counts) {
    for (const [value, chip] of chips) {
      const count = counts.get(value);
      set_text(chip, `${capital(value)} ${count}`);
      chip.hidden = count === 0 && value !== "all" && value !== state_wanted;
    }
  }

  function tell_note(shown) {
    const nothing =
      cards.size === 0 ? "This site has no devices yet." : "No device fits the filter.";
    const empty = shown === 0 && incoming.size === 0 ? nothing : "";
    set_text(place.note, [limit_note, empty].filter(Boolean).join(" "));
  }

  return {
    put(device, points) {
      incoming.set(device.id, { device, points });
      request_frame();
    },
    remove(device) {
      incoming.delete(device.id);
      const made = cards.get(device.id);
      if (!made) return;
      forget(made);
      made.card.remove();
      cards.delete(device.id);
      filter_soon();
    },
    link(device) {
      cards.get(device.id)?.paint_link();
      filter_soon();
    },
    sample(point) {
      dirty.add(point);
      request_frame();
    },
    hear: (key, event) => rows.get(key)?.hear(event),
    /** Each second: ages, spans, trends of the cards on the screen. */
    tick() {
      const now = server_now();
      for (const made of cards.values()) if (made.seen) made.tick(now);
    },
    /** The connection came or went: everything looks different. */
    repaint() {
      for (const made of cards.values()) {
        made.paint_link();
        made.paint();
      }
    },
    /** Says something about the list as a whole, until it is said anew. */
    note(text) {
      limit_note = text;
      filter_soon();
    },
  };
}
