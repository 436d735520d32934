// The form that sets an output, and the course of the command that it sent.

import { call } from "/api.js";
import { server_now } from "/clock.js";
import { copy_of, element, set_text } from "/element.js";
import { exact_time_text, time_text, value_phrase, value_step, value_text } from "/format.js";
import { rest } from "/rest.js";

const wait_ms = 5_000;
const ask_again_ms = 1_000;
const patience_ms = 15_000;
const text_max = 1024;
const final_states = new Set(["verified", "done", "refused", "expired", "superseded", "failed"]);

/** `crypto.randomUUID` exists in secure contexts only; a site may be reached by plain HTTP. */
function new_key() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const delay_text = (ms) => (ms < 1000 ? `+${Math.round(ms)} ms` : `+${(ms / 1000).toFixed(1)} s`);

function range_phrase({ min, max, unit }) {
  const after = unit ? ` ${unit}` : "";
  if (min !== null && max !== null) return `${min} to ${max}${after}`;
  if (min !== null) return `at least ${min}${after}`;
  if (max !== null) return `at most ${max}${after}`;
  return "";
}

function outcome_sentence(channel, command) {
  const why = command.detail ? `: ${command.detail}` : "";
  switch (command.status) {
    case "verified":
      return `Verified: the device reads back ${value_phrase(channel, command.read_back ?? command.value)}.`;
    case "done":
      return "Done: the device has acknowledged it; this channel is not read back.";
    case "refused":
      return `Refused${why}.`;
    case "expired":
      return `Expired${why || ": it was not carried out before its deadline"}.`;
    case "superseded":
      return "Superseded: a newer command for this channel took its place.";
    case "failed":
      return `Failed${why}.`;
    default:
      return `Under way (${command.status}); it ends at ${time_text(command.expires_at)} at the latest.`;
  }
}

/**
 * @param {import("/plant.js").Point} point
 * @param {{is_live: () => boolean, may_command: () => boolean}} context
 */
export function make_command(point, context) {
  const { channel, device } = point;
  const form = copy_of("command_template");
  const fieldset = form.querySelector("fieldset");
  const entry = form.querySelector(".entry");
  const error = form.querySelector(".field_error");
  const reason = form.querySelector(".reason");
  const journey = form.querySelector(".journey");
  const outcome = form.querySelector(".outcome");
  const is_number = channel.type === "float" || channel.type === "int";
  let input = null;
  let switches = [];
  let busy = false;
  let heard = [];
  let unanswered = null;

  if (channel.type === "bool") add_switches();
  else add_input();
  form.querySelector(".hint").textContent = hint();
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const value = entered();
    if (value !== undefined) send(value);
  });

  function add_input() {
    input = element("input");
    input.setAttribute("aria-label", `New value of ${point.key}${channel.unit ? ` in ${channel.unit}` : ""}`);
    if (is_number) {
      input.type = "number";
      input.inputMode = "decimal";
      input.step = value_step(channel)?.toPrecision(6) ?? "any";
      if (channel.min !== null) input.min = channel.min;
      if (channel.max !== null) input.max = channel.max;
    } else {
      input.maxLength = text_max;
    }
    entry.append(input, element("span", "unit", channel.unit ?? ""), element("button", "primary", "Send"));
  }

  function add_switches() {
    switches = [true, false].map((value) => {
      const button = element("button", "switch_side", value ? "On" : "Off");
      button.type = "button";
      button.setAttribute("aria-label", `Switch ${point.key} ${value ? "on" : "off"}`);
      button.addEventListener("click", () => send(value));
      return button;
    });
    entry.append(...switches);
  }

  function hint() {
    const parts = [is_number ? range_phrase(channel) : "", channel.type === "int" ? "whole numbers" : ""];
    const step = is_number && channel.type !== "int" ? value_step(channel) : null;
    if (step) parts.push(`steps of ${Number(step.toPrecision(6))}`);
    if (channel.safe_value !== null && channel.safe_value !== undefined)
      parts.push(`safe value ${value_phrase(channel, channel.safe_value)}`);
    return parts.filter(Boolean).join(" · ");
  }

  /** The value in the input, or undefined after saying what is wrong with it. */
  function entered() {
    if (!is_number) return input.value;
    const value = input.valueAsNumber;
    const whole = channel.type !== "int" || Number.isInteger(value);
    if (Number.isFinite(value) && whole && value >= (channel.min ?? -Infinity) && value <= (channel.max ?? Infinity))
      return value + 0;
    tell_error(`Enter a ${channel.type === "int" ? "whole " : ""}number${
      range_phrase(channel) && `, ${range_phrase(channel)}`}.`);
    return undefined;
  }

  function tell_error(text) {
    set_text(error, text);
    if (!input) return;
    input.setAttribute("aria-invalid", String(text !== ""));
    if (text) input.focus();
  }

  function tell(text, state) {
    outcome.dataset.state = state;
    set_text(outcome, text);
  }

  function draw_journey(history) {
    journey.hidden = history.length === 0;
    const start = Date.parse(history[0]?.at);
    journey.replaceChildren(...history.map(({ status, at }, nth) => {
      const step = element("li");
      step.dataset.status = status;
      step.append(element("span", "status", status),
        element("span", "at", nth === 0 ? exact_time_text(at) : delay_text(Date.parse(at) - start)));
      return step;
    }));
  }

  function show(command) {
    draw_journey(command.history);
    const good = command.status === "verified" || command.status === "done";
    tell(outcome_sentence(channel, command), !final_states.has(command.status) ? "open" : good ? "good" : "bad");
  }

  async function send(value) {
    if (busy) return;
    busy = true;
    heard = [];
    tell_error("");
    draw_journey([]);
    tell(`Sending ${value_phrase(channel, value)} …`, "open");
    paint();
    // The same key asks for the same command: an answer that was lost cannot make it act twice.
    const key = unanswered?.value === value ? unanswered.key : new_key();
    unanswered = { value, key };
    try {
      const command = await call("POST", `/devices/${encodeURIComponent(device.name)}/commands?wait_ms=${wait_ms}`,
        { body: { channel: channel.name, value }, headers: { "Idempotency-Key": key }, wait_ms });
      unanswered = null;
      show(command);
      if (!final_states.has(command.status)) await follow(command);
    } catch (problem) {
      explain(problem);
    }
    busy = false;
    paint();
  }

  async function follow(command) {
    const give_up_at = Date.parse(command.expires_at) + patience_ms;
    while (!final_states.has(command.status) && server_now() < give_up_at) {
      await pause(ask_again_ms);
      try {
        command = await call("GET", `/commands/${command.id}`);
        show(command);
      } catch (problem) {
        if (problem.status === 401 || problem.status === 403 || problem.status === 404) throw problem;
        await pause((problem.retry_after_s ?? 1) * 1000);
      }
    }
    if (!final_states.has(command.status)) tell("No outcome is known yet; the journal will tell it.", "open");
  }

  function explain(problem) {
    const unknown = problem.status === 0 || problem.status === 504;
    if (!unknown) unanswered = null;
    const at_value = problem.errors.filter(({ path }) => /(^|[./])value$/.test(path ?? ""));
    const others = problem.errors.filter((each) => !at_value.includes(each));
    tell_error(at_value.map(({ message }) => `The value ${message}.`).join(" "));
    if (unknown)
      return tell("No answer came: it is not known whether this was carried out. Send the same value again to ask; "
        + "it never acts twice.", "unknown");
    if (problem.retry_after_s !== null && form.isConnected) return wait(problem);
    const rest_of_it = others.map(({ path, message }) => `${path} ${message}`).join(", ");
    return tell(at_value.length > 0 && others.length === 0 ? "Not accepted." : `Not accepted: ${
      rest_of_it || problem.message}.`.replace("..", "."), "bad");
  }

  function wait(problem) {
    const what = problem.status === 429 ? "Too many requests" : "The server is busy";
    for (const button of entry.querySelectorAll("button"))
      rest(button, problem.retry_after_s, (left) =>
        tell(left > 0 ? `${what}; nothing was sent. Again in ${left} s.` : "Ready to send again.", "bad"));
  }

  function why_not() {
    if (!context.may_command()) return "Read only: your role lacks the permission device:command.";
    if (!device.enabled) return "The device is disabled.";
    if (!context.is_live()) return "No connection to the server.";
    return "";
  }

  function paint() {
    const refusal = why_not();
    fieldset.disabled = refusal !== "";
    form.setAttribute("aria-busy", String(busy));
    const away = device.link.state === "offline" ? "The device is offline: a command waits for it, then expires." : "";
    set_text(reason, refusal || away);
    switches.forEach((button, nth) =>
      button.setAttribute("aria-pressed", String(point.sample?.value === (nth === 0))));
  }

  return {
    form,
    paint,
    open() {
      paint();
      if (input && point.sample && document.activeElement !== input && !busy)
        input.value = is_number && point.sample.value !== null
          ? value_text(channel, point.sample.value) : (point.sample.value ?? "");
      (fieldset.disabled ? null : (input ?? switches[0]))?.focus();
    },
    /** While the answer is awaited, the journal's events show how far the command has come. */
    hear({ type, time, data }) {
      if (!busy || data.value !== unanswered?.value) return;
      heard = [...heard, { status: type.slice("command.".length), at: time }].slice(-8);
      draw_journey(heard);
    },
  };
}
