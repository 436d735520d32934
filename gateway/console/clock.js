// Ages and deadlines are told in the server's time: the browser's own clock may be wrong.

let offset_ms = null;

/**
 * Learns the server's clock from the time in a frame; the frame that travelled fastest is right.
 */
export function learn_time(text, fresh_start = false) {
  const seen = Date.parse(text) - Date.now();
  if (Number.isNaN(seen)) return;
  offset_ms = offset_ms === null || fresh_start ? seen : Math.max(offset_ms, seen);
}

/** The server's time in milliseconds since the epoch. */
export const server_now = () => Date.now() + (offset_ms ?? 0);
