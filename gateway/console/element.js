// The page builds its elements from text nodes and the templates in index.html, never from markup
// in strings.

/** Finds the element that index.html promises. */
export const by_id = (id) => document.getElementById(id);

/** A fresh copy of the one element in a template. */
export const copy_of = (id) => by_id(id).content.firstElementChild.cloneNode(true);

/** A new element with a class and a text. */
export function element(tag, class_name = "", text = "") {
  const made = document.createElement(tag);
  if (class_name) made.className = class_name;
  if (text) made.textContent = text;
  return made;
}

/** Sets a text only if it changed: an untouched node costs no layout. */
export function set_text(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Fills a group of filter buttons of which exactly one is pressed.
 * @param {HTMLElement} group
 * @param {{value: string, label: string}[]} choices
 * @param {(value: string) => void} on_choice
 * @returns {Map<string, HTMLButtonElement>} the buttons by value
 */
export function make_chips(group, choices, on_choice) {
  const buttons = new Map();
  for (const { value, label } of choices) {
    const button = element("button", "chip", label);
    button.type = "button";
    button.dataset.value = value;
    button.setAttribute("aria-pressed", String(buttons.size === 0));
    button.addEventListener("click", () => {
      for (const other of buttons.values())
        other.setAttribute("aria-pressed", String(other === button));
      on_choice(value);
    });
    buttons.set(value, button);
  }
  group.replaceChildren(...buttons.values());
  return buttons;
}
