// All devices that are registered now, the newest first.

import { list } from "./api.js";
import { devicesOfAll } from "./devices.js";
import { button, element, empty, show } from "./dom.js";
import { again } from "./live.js";

const PAGE = 100;

export function registrations(main) {
  let most = PAGE;
  const place = element("div");
  show(main, element("div", { className: "title" }, element("h1", {}, "Registrations")), place);
  return async (isCurrent) => {
    const { items, more } = await list("/extensions", most);
    if (!isCurrent()) return 0;
    const found = items.flatMap((item) => item.registration.devices.map((device) => [item, device]));
    found.sort(([, a], [, b]) => b.registered.localeCompare(a.registered));
    show(place,
      found.length ? devicesOfAll(found) : empty("No phone is registered",
        "Open an extension, and type its settings into a softphone. If it is refused, Attempts tells why."),
      more ? button("Look at more extensions", () => { most += PAGE; again(); }, { id: "more" }) : null);
    return Math.ceil(most / PAGE);
  };
}
