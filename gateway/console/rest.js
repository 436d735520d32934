// What a form does when the server answers 429 or 503 with `Retry-After`.

const rest_max_s = 3600;

/** Disables buttons for `seconds` and tells the seconds left at each of them, 0 at the end. */
export function rest(buttons, seconds, tell) {
  let left = Math.min(Math.max(1, seconds), rest_max_s);
  for (const button of buttons) button.disabled = true;
  tell(left);
  const timer = setInterval(() => {
    left -= 1;
    tell(left);
    if (left > 0) return;
    clearInterval(timer);
    for (const button of buttons) button.disabled = false;
  }, 1000);
}
