// Attempts to register that did not go well, with what to do about each.

import { list } from "./api.js";
import { element, empty, show } from "./dom.js";
import { time } from "./time.js";

const MOST = 50;

/** The view of a customer's attempts. */
export function attempts(main) {
  const place = element("div");
  show(main, element("div", { className: "title" }, element("h1", {}, "Attempts")),
    element("p", { className: "muted" }, "Registrations of the last seven days that were refused or remarkable."), place);
  return async (isCurrent) => {
    const { items } = await list("/attempts", MOST);
    if (isCurrent()) {
      show(place, items.length ? attemptList(items) : empty("Nothing to report",
        "No registration was refused. If a phone still can't register, it doesn't reach the service: check its domain and proxy."));
    }
    return 1;
  };
}

/** Attempts as a list, the newest first. */
export function attemptList(items) {
  return element("ul", { className: "attempts" }, items.map((item) => element("li", { "data-outcome": item.outcome },
    element("p", { className: "row" },
      element("strong", {}, words(item.reason)),
      element("span", {}, item.username),
      item.count > 1 ? element("span", { className: "count" }, `${item.count} times`) : null,
      time(item.tm_last)),
    element("p", {}, item.advice),
    element("p", { className: "muted small" },
      `${item.source} · ${item.transport}${item.user_agent ? ` · ${item.user_agent}` : ""} · Call-ID ${item.call_id}`))));
}

/** A reason's name as words, like “Wrong password”. */
function words(reason) {
  return (reason[0].toUpperCase() + reason.slice(1)).replaceAll("_", " ");
}
