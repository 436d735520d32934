// The last minutes of one channel: a ring of points and their drawing.

const seconds_shown = 180;
const width = 180;
const height = 24;
const margin = 2;

/** The newest value of each second of the last three minutes; times in ms since the epoch. */
export function make_trend() {
  const times = new Float64Array(seconds_shown);
  const values = new Float64Array(seconds_shown);
  let count = 0;
  let next = 0;

  const index = (nth) => (next - count + nth + seconds_shown) % seconds_shown;

  return {
    /** Adds a point that is not older than the last; NaN breaks the line. */
    add(time, value) {
      const last = index(count - 1);
      if (count > 0 && time < times[last]) return;
      if (count > 0 && Math.floor(time / 1000) === Math.floor(times[last] / 1000)) {
        times[last] = time;
        values[last] = value;
        return;
      }
      times[next] = time;
      values[next] = value;
      next = (next + 1) % seconds_shown;
      count = Math.min(count + 1, seconds_shown);
    },

    /** Puts older points in front of those that came live. */
    preload(points) {
      const live = [];
      for (let nth = 0; nth < count; ++nth) live.push([times[index(nth)], values[index(nth)]]);
      count = 0;
      const first = live[0]?.[0] ?? Infinity;
      for (const [time, value] of points) if (time < first) this.add(time, value);
      for (const [time, value] of live) this.add(time, value);
    },

    /**
     * Two SVG paths, `line` and the `area` under it; a `stepped` line holds each value until the
     * next.
     */
    paths(now, stepped) {
      const shown = [];
      const start = now - seconds_shown * 1000;
      for (let nth = 0; nth < count; ++nth) {
        const at = index(nth);
        const next_time = nth + 1 < count ? times[index(nth + 1)] : now;
        if (next_time >= start) shown.push([Math.max(times[at], start), values[at]]);
      }
      return drawn(shown, start, stepped);
    },
  };
}

/** A stepped line is that of a switch: its scale is off to on. */
function drawn(points, start, stepped) {
  let low = stepped ? 0 : Infinity;
  let high = stepped ? 1 : -Infinity;
  for (const [, value] of points) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  // Noise in the last digit must not look like an event: the span is at least 2 % of the value.
  const middle = (low + high) / 2;
  const span = Math.max(high - low, Math.abs(middle) * 0.02, 1e-9);
  const x = (time) => ((Math.max(time, start) - start) / 1000 / seconds_shown) * width;
  const y = (value) => height / 2 - ((value - middle) / span) * (height - 2 * margin);

  let line = "";
  let area = "";
  let first = null;
  let last = null;
  const close_run = () => {
    if (first !== null) area += `L${last} ${height}L${first} ${height}Z`;
    first = null;
  };
  let previous = null;
  for (const [time, value] of points) {
    if (Number.isNaN(value)) {
      close_run();
      continue;
    }
    const at = x(time).toFixed(1);
    const up = y(value).toFixed(1);
    const piece =
      first === null ? `M${at} ${up}` : stepped ? `L${at} ${previous}L${at} ${up}` : `L${at} ${up}`;
    if (first === null) first = at;
    line += piece;
    area += piece;
    last = at;
    previous = up;
  }
  close_run();
  return { line, area };
}
