// One device: its link, what is wrong with it, and its channels.

import { server_now } from "/clock.js";
import { copy_of, set_text } from "/element.js";
import { span_text } from "/format.js";
import { make_row } from "/channel_row.js";

const head_px = 68;
const channel_px = 45;

/**
 * @param {object} device as the API describes it
 * @param {import("/plant.js").Point[]} points its channels
 * @param {{is_live: () => boolean, may_command: () => boolean}} context
 */
export function make_card(device, points, context) {
  const card = copy_of("card_template");
  const [link, word, since, trouble] = [".link", ".word", ".since", ".trouble"].map((part) =>
    card.querySelector(part),
  );
  const rows = points.map((point) => make_row(point, context));
  const maintenance = device.maintenance ? "in maintenance" : "";
  const about = [device.driver, device.kind, device.location, maintenance, ...device.tags];
  const names = points.map((point) => point.channel.name);

  card.dataset.id = device.id;
  card.querySelector("h2").textContent = device.name;
  card.querySelector(".about").textContent = about.filter(Boolean).join(" · ");
  card.querySelector(".channels").append(...rows.map(({ row }) => row));

  function tick_link(now) {
    const { state, since: start, last_error, next_try_at } = device.link;
    const left_ms = next_try_at ? Date.parse(next_try_at) - now : 0;
    const retry = left_ms > 0 ? ` · next try in ${span_text(left_ms + 999)}` : "";
    set_text(since, start ? `for ${span_text(now - Date.parse(start))}` : "");
    trouble.hidden = state === "online" || !last_error;
    if (!trouble.hidden) set_text(trouble, `${last_error}${retry}`);
  }

  return {
    card,
    device,
    rows,
    /** What a filter may find it by. */
    text: [device.name, ...about, ...names].filter(Boolean).join(" ").toLowerCase(),
    /** Its height before it was ever laid out. */
    height_px: head_px + channel_px * points.length,
    /** Whether it is on the screen. */
    seen: false,

    paint_link() {
      const { state } = device.link;
      link.dataset.state = context.is_live() ? state : "unknown";
      set_text(word, context.is_live() ? state : `was ${state}`);
      tick_link(server_now());
    },
    paint() {
      for (const row of rows) row.paint();
    },
    /** What moves with time alone. */
    tick(now) {
      for (const row of rows) row.tick(now);
      tick_link(now);
    },
  };
}
