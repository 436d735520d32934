// Where a wanted value is entered: a number, a text, or the two sides of a switch.

import { element } from "/element.js";
import { range_phrase, value_step, value_text } from "/format.js";

const text_max = 1024;

/**
 * @typedef {object} Entry
 * @property {HTMLElement[]} parts what the form shows
 * @property {() => {value?: unknown, wrong?: string}} read the value, or what is wrong with it
 * @property {(sample: object | null) => void} fill starts from the newest sample
 * @property {(sample: object | null) => void} paint follows the newest sample
 * @property {HTMLElement} first takes the focus
 */

/**
 * The entry that fits a channel.
 * @param {import("/plant.js").Point} point
 * @param {(value: boolean) => void} on_choice told when a side of a switch is pressed
 * @returns {Entry}
 */
export function make_entry(point, on_choice) {
  if (point.channel.type === "bool") return switch_entry(point, on_choice);
  if (point.channel.type === "string") return text_entry(point);
  return number_entry(point);
}

function labelled_input({ key, channel }) {
  const input = element("input");
  const unit = channel.unit ? ` in ${channel.unit}` : "";
  input.setAttribute("aria-label", `New value of ${key}${unit}`);
  return input;
}

function input_parts(input, unit) {
  return [input, element("span", "unit", unit ?? ""), element("button", "primary", "Send")];
}

function number_entry(point) {
  const { channel } = point;
  const input = labelled_input(point);
  const kind = channel.type === "int" ? "a whole number" : "a number";
  const range = range_phrase(channel);
  input.type = "number";
  input.inputMode = "decimal";
  input.step = value_step(channel)?.toPrecision(6) ?? "any";
  if (channel.min !== null) input.min = channel.min;
  if (channel.max !== null) input.max = channel.max;

  function fits(value) {
    if (!Number.isFinite(value)) return false;
    if (channel.type === "int" && !Number.isSafeInteger(value)) return false;
    return value >= (channel.min ?? -Infinity) && value <= (channel.max ?? Infinity);
  }

  return {
    parts: input_parts(input, channel.unit),
    first: input,
    read() {
      const value = input.valueAsNumber;
      if (!fits(value)) return { wrong: `Enter ${kind}${range && `, ${range}`}.` };
      return { value: value === 0 ? 0 : value };
    },
    fill(sample) {
      if (typeof sample?.value === "number") input.value = value_text(channel, sample.value);
    },
    paint() {},
  };
}

function text_entry(point) {
  const input = labelled_input(point);
  input.maxLength = text_max;
  return {
    parts: input_parts(input, point.channel.unit),
    first: input,
    read: () => ({ value: input.value }),
    fill(sample) {
      input.value = sample?.value ?? "";
    },
    paint() {},
  };
}

function switch_entry({ key }, on_choice) {
  const sides = [true, false].map((value) => {
    const word = value ? "on" : "off";
    const side = element("button", "switch_side", value ? "On" : "Off");
    side.type = "button";
    side.setAttribute("aria-label", `Switch ${key} ${word}`);
    side.addEventListener("click", () => on_choice(value));
    return side;
  });
  return {
    parts: sides,
    first: sides[0],
    read: () => ({}),
    fill() {},
    paint(sample) {
      sides[0].setAttribute("aria-pressed", String(sample?.value === true));
      sides[1].setAttribute("aria-pressed", String(sample?.value === false));
    },
  };
}
