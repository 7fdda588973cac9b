// One extension: its phone, its settings, what went wrong, and what can be done.

import { ApiError, call, list } from "./api.js";
import { attemptList } from "./attempts.js";
import * as changes from "./changes.js";
import { devices } from "./devices.js";
import { button, element, empty, show } from "./dom.js";
import { again } from "./live.js";
import { copy, notice } from "./notice.js";
import { softphone } from "./softphone.js";
import { status } from "./status.js";
import { wakeUpList } from "./wake_ups.js";

const ATTEMPTS = 10;
const WAKE_UPS = 10;

/** Show the extension of that id in `main`; returns what looks for news. */
export function extension(main, id) {
  const place = element("div");
  show(main, place);
  return async (isCurrent) => {
    let found;
    try {
      ({ found } = await call("GET", `/extensions/${encodeURIComponent(id)}`));
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
      if (isCurrent()) show(place, gone());
      return 1;
    }
    const [attempts, wakeUps] = await Promise.all([
      list(`/extensions/${id}/attempts`, ATTEMPTS), list(`/extensions/${id}/wake-ups`, WAKE_UPS)]);
    if (isCurrent()) draw(place, found, attempts.items, wakeUps.items);
    return 1;
  };
}

function draw(place, found, attempts, wakeUps) {
  if (!place.firstChild || place.firstChild.id !== `extension-${found.id}`) {
    place.replaceChildren(element("div", { id: `extension-${found.id}` },
      ...["head", "phone", "settings", "direct", "attempts", "wake-ups"].map((name) => element("section", { "data-part": name }))));
  }
  const part = (name) => place.querySelector(`[data-part=${name}]`);
  const takeOff = (device) => act("Take off", `take-off-${device.id}`, () => changes.takeOff(found, device), "quiet small");
  show(part("head"), head(found));
  show(part("phone"), element("h2", {}, "Registered now"), found.registration.devices.length ? devices(found, takeOff) : empty("No phone yet",
    "Type the settings below into a softphone. This turns green as soon as it has registered."));
  show(part("settings"), element("h2", {}, "Softphone settings"), softphone(found));
  show(part("direct"), element("h2", {}, "Direct address"), direct(found));
  show(part("attempts"), element("h2", {}, "Recent attempts"), attempts.length ? attemptList(attempts)
    : element("p", { className: "muted" }, "No registration was refused in the last seven days."));
  show(part("wake-ups"), element("h2", {}, "Recent wake-ups"), wakeUps.length ? wakeUpList(wakeUps)
    : element("p", { className: "muted" }, "No call waited for a phone in the last 30 days."),
    element("p", { className: "row" }, act("Test whether it wakes", "wake-up-test", () => changes.testWakeUp(found))));
}

function head(found) {
  return element("div", {},
    element("p", {}, element("a", { href: "#extensions", id: "back" }, "← Extensions")),
    element("div", { className: "title" },
      element("h1", {}, found.username), status(found),
      element("div", { className: "row end" },
        act("Edit", "edit", () => changes.edit(found)),
        act("New password", "rotate", () => changes.rotatePassword(found)),
        found.enabled ? act("Disable", "disable", () => changes.disable(found)) : act("Enable", "enable", () => changes.enable(found)),
        act("Delete", "delete", async () => { if (await changes.remove(found)) location.hash = "#extensions"; }, "quiet-danger"))),
    element("p", {}, found.name, found.detail ? element("span", { className: "muted" }, ` · ${found.detail}`) : null,
      found.max_devices > 1 ? element("span", { className: "muted" }, ` · up to ${found.max_devices} devices`) : null));
}

function direct(found) {
  if (!found.direct_hash) {
    return element("div", {},
      element("p", { className: "muted" }, "Off. A direct address lets anyone call this extension without its domain."),
      act("Enable direct", "direct-on", () => changes.enableDirect(found)));
  }
  const address = `sip:direct.${found.direct_hash}@sip.${found.domain_name.split(".registrar.")[1]}`;
  return element("div", {},
    element("p", { className: "row" }, element("code", {}, address),
      button("Copy", () => copy("The direct address", address), { id: "copy-direct", className: "quiet small" })),
    element("p", { className: "row" },
      act("New address", "direct-new", () => changes.regenerateDirect(found)),
      act("Switch off", "direct-off", () => changes.disableDirect(found))));
}

/** A button that changes something, and has the page look at what came of it. */
function act(label, id, change, className = "") {
  return button(label, async () => {
    try {
      await change();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      notice(error.message);
    }
    again();
  }, { id, className });
}

function gone() {
  return empty("This extension is gone", "Somebody deleted it, or the address is wrong.",
    element("a", { href: "#extensions" }, "See all extensions"));
}
