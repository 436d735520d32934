// What the page knows of the plant: devices, their channels, the newest sample of each. No elements
// here.

import { make_trend } from "/sparkline.js";

/** More devices than this are not shown; the page says so. */
export const devices_max = 2000;

/**
 * @typedef {object} Point one channel of one device
 * @property {string} key `device/channel`
 * @property {object} channel as the API describes it
 * @property {object} device as the API describes it
 * @property {{time: number, value: unknown, quality: string} | null} sample
 * @property {ReturnType<typeof make_trend> | null} trend null for text, which has no line
 */

const trend_value = (sample) =>
  sample.quality === "bad" || sample.quality === "stale" || sample.value === null
    ? NaN
    : Number(sample.value);

/**
 * @param {object} to `on_device(device, points)` for a new or changed device, `on_link(device)`,
 *   `on_removed(device)`, `on_sample(point)`
 */
export function make_plant(to) {
  const devices = new Map();
  const points = new Map();

  function make_point(device, channel, old) {
    const has_line = channel.type !== "string";
    return {
      key: `${device.name}/${channel.name}`,
      channel,
      device,
      sample: old?.sample ?? null,
      trend: has_line ? (old?.trend ?? make_trend()) : null,
    };
  }

  function forget_points(device) {
    const old = new Map();
    for (const channel of device?.channels ?? []) {
      const key = `${device.name}/${channel.name}`;
      old.set(channel.name, points.get(key));
      points.delete(key);
    }
    return old;
  }

  /**
   * Takes a device as the API tells it; its card is built anew only if more than the link changed.
   */
  function put(device) {
    const known = devices.get(device.id);
    if (!known && devices.size >= devices_max) return;
    if (known && described(known) === described(device)) {
      known.link = device.link;
      to.on_link(known);
      return;
    }
    const old = forget_points(known);
    devices.set(device.id, device);
    const mine = device.channels.map((channel) =>
      make_point(device, channel, old.get(channel.name)),
    );
    for (const point of mine) points.set(point.key, point);
    to.on_device(device, mine);
  }

  function remove(device) {
    forget_points(device);
    devices.delete(device.id);
    to.on_removed(device);
  }

  function by_name(name) {
    for (const device of devices.values()) if (device.name === name) return device;
    return null;
  }

  return {
    devices,
    points,
    put,
    remove,
    by_name,

    /** Takes the whole list: what is not in it is gone. */
    replace(list) {
      const present = new Set(list.map((device) => device.id));
      for (const device of [...devices.values()]) if (!present.has(device.id)) remove(device);
      for (const device of list) put(device);
    },

    /** Takes a batch of samples; those of unknown channels are for another page. */
    take(samples) {
      for (const { channel, time, value, quality } of samples) {
        const point = points.get(channel);
        if (!point) continue;
        point.sample = { time: Date.parse(time), value, quality };
        point.trend?.add(point.sample.time, trend_value(point.sample));
        to.on_sample(point);
      }
    },

    /** Breaks every trend: nothing is known of the time without a connection. */
    break_trends(now) {
      for (const { trend } of points.values()) trend?.add(now, NaN);
    },

    /** Follows `device.state_changed`; a list that was read later knows better. */
    change_link(name, { to: state, reason }, time) {
      const device = by_name(name);
      if (!device || Date.parse(time) < Date.parse(device.link.since)) return;
      device.link = {
        state,
        since: time,
        last_error: state === "online" ? null : (reason ?? null),
        next_try_at: null,
      };
      to.on_link(device);
    },
  };
}

/** All of a device that its card is built from. */
function described({ link, availability, updated_at, ...rest }) {
  return JSON.stringify(rest);
}
