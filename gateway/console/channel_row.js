// One channel in its card: the value, how fresh and how good it is, its trend, and for outputs the
// way to set it.

import { copy_of, element, set_text } from "/element.js";
import { date_text, span_text, value_text } from "/format.js";
import { make_command } from "/command.js";

const quality_words = { good: "", stale: "stale", bad: "bad", substituted: "subst.", none: "" };
const quality_titles = {
  good: "Good: measured and in time",
  stale: "Stale: the last known value; the device has not confirmed it in time",
  bad: "Bad: the device says that this value is wrong",
  substituted: "Substituted: entered or computed, not measured",
  none: "No value has been received yet",
};

/**
 * @param {import("/plant.js").Point} point
 * @param {{is_live: () => boolean, may_command: () => boolean}} context
 */
export function make_row(point, context) {
  const { channel } = point;
  const row = copy_of("channel_template");
  const [name, trend, reading, freshness] = row.children;
  const [value, unit] = reading.children;
  const [quality, age] = freshness.children;
  const [area, line] = trend.children;
  let command = null;

  name.textContent = channel.name;
  name.title = point.key;
  unit.textContent = channel.unit ?? "";
  row.dataset.type = channel.type;
  if (channel.direction !== "in") add_control();

  function add_control() {
    const button = element("button", "quiet set", "Set");
    button.type = "button";
    button.setAttribute("aria-label", `Set ${point.key}`);
    button.setAttribute("aria-expanded", "false");
    button.addEventListener("click", () => {
      if (!command) {
        command = make_command(point, context);
        row.append(command.form);
      } else {
        command.form.hidden = !command.form.hidden;
      }
      const open = !command.form.hidden;
      button.setAttribute("aria-expanded", String(open));
      set_text(button, open ? "Close" : "Set");
      if (open) command.open();
    });
    row.append(button);
  }

  return {
    row,
    point,

    /** Shows the newest sample; without a connection nothing is better than stale. */
    paint() {
      const { sample } = point;
      const shown = !sample
        ? "none"
        : context.is_live() || sample.quality === "bad"
          ? sample.quality
          : "stale";
      if (row.dataset.quality !== shown) {
        row.dataset.quality = shown;
        set_text(quality, quality_words[shown] ?? shown);
        freshness.title = quality_titles[shown] ?? shown;
      }
      const text = sample ? value_text(channel, sample.value) : "–";
      set_text(value, text);
      if (channel.type === "string") value.title = text;
      if (channel.type === "bool") row.dataset.on = String(sample?.value === true);
      command?.paint();
    },

    /** What moves with time alone. */
    tick(now) {
      const { sample } = point;
      set_text(age, sample ? span_text(now - sample.time) : "no value");
      if (sample) age.title = date_text(sample.time);
      if (!point.trend) return;
      const paths = point.trend.paths(now, channel.type === "bool");
      if (line.getAttribute("d") === paths.line) return;
      line.setAttribute("d", paths.line);
      area.setAttribute("d", paths.area);
    },

    /** An event of a command on this channel. */
    hear(event) {
      command?.hear(event);
    },
  };
}
