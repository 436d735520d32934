// Draws the plant: a card for each device. Only what has changed and is on the screen is touched.

import { copy_of, make_chips, set_text } from "/element.js";
import { span_text } from "/format.js";
import { make_row } from "/channel_row.js";
import { server_now } from "/clock.js";

const cards_per_frame = 20;
const card_row_px = 4;
const card_gap_px = 16;
const head_px = 68;
const channel_px = 45;
const link_states = ["online", "degraded", "offline", "connecting", "disabled"];
const by_natural_name = new Intl.Collator("en", { numeric: true }).compare;
const capital = (word) => word[0].toUpperCase() + word.slice(1);

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
  let state_wanted = "all";
  let limit_note = "";

  const chips = make_chips(
    place.chips,
    [
      { value: "all", label: "All" },
      ...link_states.map((value) => ({ value, label: capital(value) })),
    ],
    (value) => {
      state_wanted = value;
      filter();
    },
  );
  place.search.addEventListener("input", filter);

  const sight = new IntersectionObserver(
    (changes) => {
      for (const { target, isIntersecting } of changes) {
        const card = cards.get(target.dataset.id);
        if (!card || card.element !== target) continue;
        card.seen = isIntersecting;
        if (!isIntersecting) continue;
        paint_card(card);
        on_seen(card.rows.map((row) => row.point));
      }
    },
    { rootMargin: "200px" },
  );

  // Cards of different heights are packed: each spans as many of the grid's fine rows as it is
  // tall.
  const sizes = new ResizeObserver((changes) => {
    for (const { target, borderBoxSize } of changes) span(target, borderBoxSize[0].blockSize);
  });

  function span(target, height_px) {
    const rows = `span ${Math.ceil((height_px + card_gap_px) / card_row_px)}`;
    if (height_px > 0 && target.style.gridRowEnd !== rows) target.style.gridRowEnd = rows;
  }

  function build({ device, points }) {
    const made = copy_of("card_template");
    const old = cards.get(device.id);
    made.dataset.id = device.id;
    made.querySelector("h2").textContent = device.name;
    const about = [
      device.driver,
      device.kind,
      device.location,
      device.maintenance && "in maintenance",
      ...device.tags,
    ];
    made.querySelector(".about").textContent = about.filter(Boolean).join(" · ");
    const card = {
      device,
      element: made,
      rows: points.map((point) => make_row(point, context)),
      lamp: made.querySelector(".link"),
      word: made.querySelector(".word"),
      since: made.querySelector(".since"),
      trouble: made.querySelector(".trouble"),
      text: [device.name, ...about, ...points.map((point) => point.channel.name)]
        .join(" ")
        .toLowerCase(),
      seen: false,
    };
    for (const row of old?.rows ?? []) rows.delete(row.point.key);
    for (const row of card.rows) rows.set(row.point.key, row);
    made.querySelector(".channels").append(...card.rows.map(({ row }) => row));
    const height_px = head_px + channel_px * points.length;
    made.style.containIntrinsicHeight = `auto ${height_px}px`;
    span(made, height_px);
    if (old) {
      unwatch(old.element);
      old.element.replaceWith(made);
    } else {
      place.grid.insertBefore(made, follower(device.name));
    }
    cards.set(device.id, card);
    paint_link(card);
    sight.observe(made);
    sizes.observe(made);
  }

  function unwatch(target) {
    sight.unobserve(target);
    sizes.unobserve(target);
  }

  /** The card before which a name belongs; most often none, for the list comes sorted. */
  function follower(name) {
    const shown = place.grid.children;
    let low = 0;
    let high = shown.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (by_natural_name(cards.get(shown[middle].dataset.id).device.name, name) < 0)
        low = middle + 1;
      else high = middle;
    }
    return shown[low] ?? null;
  }

  function paint_link(card) {
    const { link } = card.device;
    const live = context.is_live();
    card.lamp.dataset.state = live ? link.state : "unknown";
    set_text(card.word, live ? link.state : `was ${link.state}`);
    tick_link(card, server_now());
  }

  function tick_link(card, now) {
    const { state, since, last_error, next_try_at } = card.device.link;
    set_text(card.since, since ? `for ${span_text(now - Date.parse(since))}` : "");
    const left = next_try_at ? Date.parse(next_try_at) - now : 0;
    const told = state !== "online" && Boolean(last_error);
    card.trouble.hidden = !told;
    if (told)
      set_text(
        card.trouble,
        left > 0 ? `${last_error} · next try in ${span_text(left + 999)}` : last_error,
      );
  }

  function paint_card(card) {
    const now = server_now();
    for (const row of card.rows) {
      row.paint();
      row.tick(now);
    }
    tick_link(card, now);
  }

  function request_frame() {
    if (frame === 0) frame = requestAnimationFrame(draw);
  }

  function draw() {
    frame = 0;
    let built = 0;
    for (const [id, entry] of incoming) {
      if (built === cards_per_frame) break;
      incoming.delete(id);
      build(entry);
      built += 1;
    }
    if (built > 0) filter();
    for (const point of dirty) {
      const card = cards.get(point.device.id);
      if (card?.seen) rows.get(point.key)?.paint();
    }
    dirty.clear();
    if (incoming.size > 0) request_frame();
  }

  function filter() {
    const words = place.search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const counts = new Map(link_states.map((state) => [state, 0]));
    let shown = 0;
    for (const card of cards.values()) {
      const { state } = card.device.link;
      counts.set(state, (counts.get(state) ?? 0) + 1);
      const fits =
        (state_wanted === "all" || state_wanted === state) &&
        words.every((word) => card.text.includes(word));
      if (card.element.hidden === fits) card.element.hidden = !fits;
      shown += fits;
    }
    for (const [value, chip] of chips) {
      const count = value === "all" ? cards.size : counts.get(value);
      set_text(chip, `${capital(value)} ${count}`);
      chip.hidden = count === 0 && value !== "all" && value !== state_wanted;
    }
    const nothing =
      cards.size === 0 ? "This site has no devices yet." : "No device fits the filter.";
    set_text(
      place.note,
      [limit_note, shown === 0 && incoming.size === 0 ? nothing : ""].filter(Boolean).join(" "),
    );
  }

  return {
    put(device, points) {
      incoming.set(device.id, { device, points });
      request_frame();
    },
    remove(device) {
      incoming.delete(device.id);
      const card = cards.get(device.id);
      if (!card) return;
      for (const row of card.rows) if (rows.get(row.point.key) === row) rows.delete(row.point.key);
      unwatch(card.element);
      card.element.remove();
      cards.delete(device.id);
      filter();
    },
    link(device) {
      const card = cards.get(device.id);
      if (!card) return;
      paint_link(card);
      filter();
    },
    sample(point) {
      dirty.add(point);
      request_frame();
    },
    hear: (key, event) => rows.get(key)?.hear(event),
    /** Each second: ages, spans, trends of the cards on the screen. */
    tick() {
      const now = server_now();
      for (const card of cards.values()) {
        if (!card.seen) continue;
        for (const row of card.rows) row.tick(now);
        tick_link(card, now);
      }
    },
    /** The connection came or went: everything looks different. */
    repaint() {
      for (const card of cards.values()) {
        paint_link(card);
        for (const row of card.rows) row.paint();
      }
    },
    note(text) {
      limit_note = text;
      filter();
    },
  };
}
