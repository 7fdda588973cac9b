// Wake-ups of an extension's phones: why one did not ring, with what to do about it.

import { element } from "./dom.js";
import { time } from "./time.js";

const CAUSES = { call: "Call", message: "Message", place: "Another device", refresh: "Refresh", test: "Test" };
const ENDS = { registered: "woke in time", late: "woke too late", cancelled: "given up by the caller", unanswered: "did not wake" };

/** Wake-ups as a list, the newest first. */
export function wakeUpList(items) {
  return element("ul", { className: "attempts" }, items.map((item) => element("li", { "data-outcome": outcome(item) },
    element("p", { className: "row" },
      element("strong", {}, `${CAUSES[item.cause]}: ${ENDS[item.end]}`),
      "woke_after_ms" in item ? element("span", {}, `after ${(item.woke_after_ms / 1000).toFixed(1)} s`) : null,
      item.count > 1 ? element("span", { className: "count" }, `${item.count} times`) : null,
      time(item.at)),
    element("p", {}, item.advice),
    element("p", { className: "muted small" }, details(item).join(" · ")))));
}

function outcome(item) {
  if (item.end === "registered" && ["", "accepted"].includes(item.push)) return "fine";
  return item.end === "unanswered" || item.end === "late" ? "refused" : "accepted";
}

function details(item) {
  const push = item.push ? `Push ${item.push}${item.reason ? ` (${item.reason})` : ""}` : "No push";
  return [push, ...(item.app ? [`${item.app} by ${item.service}`] : []), ...(item.call_id ? [`Call-ID ${item.call_id}`] : [])];
}
