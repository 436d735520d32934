// Shows how far a command has come and what became of it.

import { element, set_text } from "/element.js";
import { exact_time_text, time_text, value_phrase } from "/format.js";

const steps_max = 8;
const final_states = new Set(["verified", "done", "refused", "expired", "superseded", "failed"]);
const good_states = new Set(["verified", "done"]);

export const is_final = ({ status }) => final_states.has(status);

const delay_text = (ms) => (ms < 1000 ? `+${Math.round(ms)} ms` : `+${(ms / 1000).toFixed(1)} s`);

function sentence(channel, command) {
  const why = command.detail ? `: ${command.detail}` : "";
  const read_back = value_phrase(channel, command.read_back ?? command.value);
  const end = time_text(command.expires_at);
  switch (command.status) {
    case "verified":
      return `Verified: the device reads back ${read_back}.`;
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
      return `Under way (${command.status}); it ends at ${end} at the latest.`;
  }
}

/** One step: the first with its time, those after it with the time since the first. */
function make_step({ status, at }, first) {
  const passed_ms = Date.parse(at) - Date.parse(first.at);
  const time = status === first.status ? exact_time_text(at) : delay_text(passed_ms);
  const step = element("li");
  step.append(element("span", "status", status), element("span", "at", time));
  return step;
}

/**
 * @param {object} channel as the API describes it
 * @param {HTMLElement} journey list of the steps
 * @param {HTMLElement} outcome the last word
 */
export function make_course(channel, journey, outcome) {
  let steps = [];

  function draw() {
    journey.hidden = steps.length === 0;
    journey.replaceChildren(...steps.map((step) => make_step(step, steps[0])));
  }

  /** Says something; `state` is `open`, `good`, `bad` or `unknown`. */
  function tell(text, state) {
    outcome.dataset.state = state;
    set_text(outcome, text);
  }

  return {
    tell,
    begin(value) {
      steps = [];
      draw();
      tell(`Sending ${value_phrase(channel, value)} …`, "open");
    },
    /** A step that the journal tells before the answer does. */
    step(status, at) {
      if (steps.some((step) => step.status === status)) return;
      steps = [...steps, { status, at }].slice(-steps_max);
      draw();
    },
    show(command) {
      steps = command.history.slice(-steps_max);
      draw();
      const outcome_state = good_states.has(command.status) ? "good" : "bad";
      tell(sentence(channel, command), is_final(command) ? outcome_state : "open");
    },
  };
}
