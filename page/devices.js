// Devices that are registered, as a table.

import { element } from "./dom.js";
import { table } from "./table.js";
import { time } from "./time.js";

const COLUMNS = ["Phone", "From", "Transport", "Reachability", "Password", "Registered", "Expires"];
const REACHABILITY = { reachable: "Reachable", asleep: "Asleep", unreachable: "Unreachable" };

/** The devices of one extension; `action` makes a button for one. */
export function devices(found, action) {
  return table([...COLUMNS, ""], found.registration.devices.map((device) => [...cells(device), action(device)]));
}

/** `pairs` of an extension and a device of it. */
export function devicesOfAll(pairs) {
  return table(["Extension", ...COLUMNS], pairs.map(([extension, device]) => [
    element("a", { href: `#extensions/${extension.id}`, id: `open-${extension.id}-${device.source}` }, extension.username),
    ...cells(device),
  ]));
}

function cells(device) {
  return [
    device.user_agent || "Unnamed",
    element("code", {}, device.source),
    device.transport,
    REACHABILITY[device.reachability],
    device.password === "current" ? "Current" : "Previous",
    time(device.registered),
    time(device.expires),
  ];
}
