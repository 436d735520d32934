// The two ways in: sign in, or create the first administrator.

import { enter } from "/api.js";
import { by_id, set_text } from "/element.js";
import { rest } from "/rest.js";

/** Shows the problems of a form at their fields, and the rest above the button. */
function explain(form, problem, button) {
  const left_over = [];
  for (const { path, message } of problem.errors) {
    const input = form.elements.namedItem(path?.replace(/^[/.]/, "") ?? "");
    if (input) mark(input, `${message[0].toUpperCase()}${message.slice(1)}.`.replace("..", "."));
    else left_over.push(message);
  }
  form.querySelector("[aria-invalid=true]")?.focus();
  const told = form.querySelector(".form_error");
  if (problem.retry_after_s !== null) {
    const what = problem.status === 429 ? "Too many attempts." : "The server is busy.";
    rest([button], problem.retry_after_s, (left) =>
      set_text(told, left > 0 ? `${what} Again in ${left} s.` : ""),
    );
    return;
  }
  set_text(told, left_over.join(" ") || (problem.errors.length > 0 ? "" : problem.message));
}

function mark(input, text) {
  input.setAttribute("aria-invalid", String(text !== ""));
  set_text(input.closest(".field").querySelector(".field_error"), text);
}

/**
 * Sends `form` to `/auth/<route>` when it is submitted; calls `on_entered` when that opened a
 * session.
 */
function connect(form, route, on_entered) {
  const button = form.querySelector("button.primary");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    const inputs = [...form.querySelectorAll("input")];
    for (const input of inputs) mark(input, input.value ? "" : "Please fill this in.");
    set_text(form.querySelector(".form_error"), "");
    const empty = inputs.find((input) => !input.value);
    if (empty) return empty.focus();
    button.disabled = true;
    try {
      await enter(route, Object.fromEntries(inputs.map((input) => [input.name, input.value])));
      form.reset();
      button.disabled = false;
      on_entered();
    } catch (problem) {
      button.disabled = false;
      explain(form, problem, button);
    }
  });
}

/**
 * @param {() => void} on_entered told when there is a session
 * @returns {{show(health: object, message?: string): void, show_silence(): void, hide(): void}}
 */
export function make_door(on_entered) {
  const door = by_id("door");
  const sign_in = by_id("sign_in_form");
  const setup = by_id("setup_form");
  const silence = by_id("silence");
  connect(sign_in, "login", on_entered);
  connect(setup, "setup", on_entered);
  by_id("to_sign_in").addEventListener("click", () => open(sign_in));
  by_id("to_setup").addEventListener("click", () => open(setup));

  function open(form) {
    door.hidden = false;
    for (const each of [sign_in, setup, silence]) each.hidden = each !== form;
    form.querySelector("input")?.focus();
  }

  return {
    show({ demo, setup_required }, message = "Watch and control this site.") {
      for (const id of ["demo_hint", "to_sign_in"]) by_id(id).hidden = demo !== true;
      by_id("to_setup").hidden = setup_required !== true;
      set_text(by_id("sign_in_lead"), message);
      open(setup_required === true && demo !== true ? setup : sign_in);
    },
    show_silence: () => open(silence),
    hide() {
      door.hidden = true;
    },
  };
}
