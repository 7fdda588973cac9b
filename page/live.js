// A view that stays up to date while it can be seen.

import { ApiError } from "./api.js";

const EVERY_MS = 3000;
let running = 0;

/**
 * Call `look` now and again and again, until another view goes live. It returns how many calls of the API it made, after
 * which the pause is longer: the API limits each address. `onSignedOut` hears of a token that is good no more.
 */
export async function live(look, onSignedOut) {
  const mine = (running += 1);
  while (mine === running) {
    let calls = 1;
    if (!document.hidden) {
      try {
        calls = await look(() => mine === running);
        if (mine === running) fresh("Live", "good");
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        if (mine !== running) return;
        if (error.status === 401) return onSignedOut(error);
        fresh(error.status ? error.message : "The API does not answer. Trying again.", "bad");
      }
    }
    await pause(EVERY_MS * Math.max(1, calls));
  }
}

/** No view is live any more. */
export function still() {
  running += 1;
}

/** Look again now, because something was changed here. */
export let again = () => {};

function pause(ms) {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    again = () => { clearTimeout(timer); resolve(); };
  });
}

document.addEventListener("visibilitychange", () => document.hidden || again());

function fresh(sentence, how) {
  const place = document.getElementById("freshness");
  if (place.textContent === sentence) return;
  place.textContent = sentence;
  place.dataset.how = how;
}
