// Times, as people tell them.

const STEPS = [[86400, "day"], [3600, "hour"], [60, "minute"], [1, "second"]];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const exact = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

/** An element that says how long ago, or how soon, a time of the API is; pointed at, it tells the time itself. */
export function time(timestamp) {
  const made = document.createElement("time");
  made.dateTime = timestamp;
  made.title = exact.format(new Date(timestamp));
  made.textContent = distance(timestamp);
  return made;
}

function distance(timestamp) {
  const seconds = Math.round((new Date(timestamp) - Date.now()) / 1000);
  if (Math.abs(seconds) < 10) return "now";
  // By tens below a minute: nobody reads a figure that changes all the time.
  const calm = Math.abs(seconds) < 60 ? Math.trunc(seconds / 10) * 10 : seconds;
  const [length, unit] = STEPS.find(([length]) => Math.abs(calm) >= length);
  return relative.format(Math.trunc(calm / length), unit);
}
