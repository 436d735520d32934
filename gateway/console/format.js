// How values, times and commands read to people.

const number_formats = new Map();

function fixed(value, digits) {
  if (!number_formats.has(digits))
    number_formats.set(
      digits,
      new Intl.NumberFormat("en", {
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
        useGrouping: false,
      }),
    );
  return number_formats.get(digits).format(value);
}

/**
 * The smallest change of value that the channel's scaling can express, or null if there is none.
 */
export function value_step(channel) {
  if (channel.type === "int") return 1;
  const scaling = channel.scaling;
  if (scaling?.kind === "divide" && scaling.divisor) return Math.abs(1 / scaling.divisor);
  if (scaling?.kind === "linear" && scaling.scale) return Math.abs(scaling.scale);
  return null;
}

/**
 * Digits after the point: fixed for a channel, so that a value does not change its width as it
 * moves.
 */
export function value_digits(channel) {
  if (channel.type === "int") return 0;
  const step = value_step(channel);
  return step ? Math.min(6, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9))) : 2;
}

/** A sample's value as text; without its unit. */
export function value_text(channel, value) {
  if (value === null || value === undefined) return "–";
  if (typeof value === "boolean") return value ? "on" : "off";
  if (typeof value !== "number") return String(value);
  if (Math.abs(value) >= 1e9) return value.toPrecision(6);
  return fixed(value, value_digits(channel));
}

/** A value with its unit, for sentences. */
export function value_phrase(channel, value) {
  const text = value_text(channel, value);
  return channel.unit && typeof value === "number" ? `${text} ${channel.unit}` : text;
}

/** The limits of a channel, or nothing if it has none. */
export function range_phrase({ min, max, unit }) {
  const after = unit ? ` ${unit}` : "";
  const has_min = typeof min === "number";
  const has_max = typeof max === "number";
  if (has_min && has_max) return `${min} to ${max}${after}`;
  if (has_min) return `at least ${min}${after}`;
  return has_max ? `at most ${max}${after}` : "";
}

/** A span of time in one unit, as people say it: `4 s`, `12 min`, `3 h`, `9 d`. */
export function span_text(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

const time_format = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const date_format = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

/** Time of day in the reader's time zone. */
export const time_text = (time) => time_format.format(new Date(time));

/** Date and time of day in the reader's time zone. */
export const date_text = (time) => date_format.format(new Date(time));

/** Time of day with milliseconds. */
export function exact_time_text(time) {
  const ms = String(new Date(time).getMilliseconds()).padStart(3, "0");
  return `${time_text(time)}.${ms}`;
}
