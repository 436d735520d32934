// The form that sets an output: what may be sent, sending it, and following it to its outcome.

import { call } from "/api.js";
import { server_now } from "/clock.js";
import { is_final, make_course } from "/command_course.js";
import { make_entry } from "/command_entry.js";
import { copy_of, set_text } from "/element.js";
import { range_phrase, value_phrase, value_step } from "/format.js";
import { rest } from "/rest.js";

const wait_ms = 5_000;
const ask_again_ms = 1_000;
const patience_ms = 15_000;

/** `crypto.randomUUID` exists in secure contexts only; a site may be reached by plain HTTP. */
function new_key() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** What may be entered for a channel, and what it falls back to. */
function hint(channel) {
  const parts = [range_phrase(channel)];
  const step = channel.type === "float" ? value_step(channel) : null;
  if (channel.type === "int") parts.push("whole numbers");
  if (step) parts.push(`steps of ${Number(step.toPrecision(6))}`);
  if (channel.safe_value !== null && channel.safe_value !== undefined)
    parts.push(`safe value ${value_phrase(channel, channel.safe_value)}`);
  return parts.filter(Boolean).join(" · ");
}

/** Asks for a command until it is final; stops well after its deadline. */
async function follow(command, on_news) {
  const give_up_at = Date.parse(command.expires_at) + patience_ms;
  while (!is_final(command) && server_now() < give_up_at) {
    await pause(ask_again_ms);
    try {
      command = await call("GET", `/commands/${command.id}`);
      on_news(command);
    } catch (problem) {
      // The outcome is safe at the server whatever becomes of one question.
      await pause((problem.retry_after_s ?? 1) * 1000);
    }
  }
  return is_final(command);
}

/**
 * @param {import("/plant.js").Point} point
 * @param {{is_live: () => boolean, may_command: () => boolean}} context
 */
export function make_command(point, context) {
  const { channel, device } = point;
  const form = copy_of("command_template");
  const fieldset = form.querySelector("fieldset");
  const error = form.querySelector(".field_error");
  const reason = form.querySelector(".reason");
  const course = make_course(
    channel,
    form.querySelector(".journey"),
    form.querySelector(".outcome"),
  );
  const entry = make_entry(point, send);
  const route = `/devices/${encodeURIComponent(device.name)}/commands?wait_ms=${wait_ms}`;
  let sending = null;
  let unanswered = null;

  form.querySelector(".entry").append(...entry.parts);
  form.querySelector(".hint").textContent = hint(channel);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { value, wrong } = entry.read();
    if (wrong) tell_error(wrong);
    else if (value !== undefined) send(value);
  });

  function tell_error(text) {
    set_text(error, text);
    entry.first.setAttribute("aria-invalid", String(text !== ""));
    if (text) entry.first.focus();
  }

  async function send(value) {
    if (sending) return;
    // The same key asks for the same command: an answer that was lost cannot make it act twice.
    sending = unanswered?.value === value ? unanswered : { value, key: new_key() };
    unanswered = null;
    tell_error("");
    course.begin(value);
    paint();
    try {
      const command = await call("POST", route, {
        body: { channel: channel.name, value },
        headers: { "Idempotency-Key": sending.key },
        wait_ms,
      });
      course.show(command);
      if (!(await follow(command, course.show)))
        course.tell("No outcome is known yet; the journal will tell it.", "unknown");
    } catch (problem) {
      explain(problem);
    }
    sending = null;
    paint();
  }

  function explain(problem) {
    if (problem.status === 0 || problem.status === 504) {
      unanswered = sending;
      course.tell(
        "No answer came: it is not known whether this was carried out. " +
          "Send the same value again to ask; it never acts twice.",
        "unknown",
      );
    } else if (problem.retry_after_s !== null) {
      wait(problem);
    } else {
      refuse(problem);
    }
  }

  function refuse({ errors, message }) {
    const is_value = ({ path }) => /(^|[./])value$/.test(path ?? "");
    const others = errors.filter((each) => !is_value(each)).map((each) => each.message);
    const at_value = errors.filter(is_value).map((each) => `The value ${each.message}.`);
    const why = at_value.length > 0 ? others.join(", ") : others.join(", ") || message;
    tell_error(at_value.join(" "));
    course.tell(why ? `Not accepted: ${why}` : "Not accepted.", "bad");
  }

  function wait({ status, retry_after_s }) {
    const what = status === 429 ? "Too many requests" : "The server is busy";
    rest(form.querySelectorAll(".entry button"), retry_after_s, (left) => {
      const told = left > 0 ? `${what}; nothing was sent. Again in ${left} s.` : "";
      course.tell(told || "Ready to send again.", "bad");
    });
  }

  function why_not() {
    if (!context.may_command()) return "Read only: your role lacks the permission device:command.";
    if (!device.enabled) return "The device is disabled.";
    if (!context.is_live()) return "No connection to the server.";
    return "";
  }

  function paint() {
    const refusal = why_not();
    const away = device.link.state === "offline" ? "The device is offline: a command waits" : "";
    fieldset.disabled = refusal !== "";
    form.setAttribute("aria-busy", String(sending !== null));
    set_text(reason, refusal || (away && `${away} for it, then expires.`));
    entry.paint(point.sample);
  }

  return {
    form,
    paint,
    open() {
      paint();
      if (!sending) entry.fill(point.sample);
      if (!fieldset.disabled) entry.first.focus();
    },
    /** While the answer is awaited, the journal's events show how far the command has come. */
    hear({ type, time, data }) {
      if (sending && data.value === sending.value) course.step(type.slice("command.".length), time);
    },
  };
}
