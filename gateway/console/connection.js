// Whether what is shown is live, and how the page says so.

import { by_id, set_text } from "/element.js";
import { span_text, time_text } from "/format.js";

/** @param {() => void} on_change told when the page has become live or is no longer */
export function make_connection(on_change) {
  const pill = by_id("connection");
  const notice = by_id("lost");
  let state = { live: false, retry_at: null };
  let lost_at = null;

  /** Tells the seconds until the next attempt, and those since the last value. */
  function tick() {
    const { live, retry_at } = state;
    const left_s = retry_at === null ? 0 : Math.ceil((retry_at - Date.now()) / 1000);
    const word = lost_at === null ? "Connecting" : "Reconnecting";
    const waiting = left_s > 0 ? `${word} in ${left_s} s` : `${word} …`;
    pill.dataset.state = live ? "live" : "away";
    set_text(by_id("connection_text"), live ? "Live" : waiting);
    notice.hidden = lost_at === null;
    if (lost_at === null) return;
    const since = `${time_text(lost_at)} (${span_text(Date.now() - lost_at)})`;
    set_text(notice, `No connection since ${since}. The values shown are the last known ones.`);
  }

  function show(now) {
    const changed = state.live !== now.live;
    if (changed) lost_at = now.live ? null : Date.now();
    state = now;
    tick();
    if (!changed) return;
    document.documentElement.dataset.live = now.live ? "yes" : "no";
    set_text(by_id("announcement"), now.live ? "Live" : "Connection lost. Values are not live.");
    on_change();
  }

  return {
    is_live: () => state.live,
    show,
    tick,
    /** Starts to tell about a new visit. */
    open() {
      pill.hidden = false;
      tick();
    },
    /** Tells nothing any more: nobody is signed in, or there is nothing to connect to. */
    close() {
      show({ live: false, retry_at: null });
      lost_at = null;
      set_text(by_id("announcement"), "");
      pill.hidden = true;
      notice.hidden = true;
    },
  };
}
