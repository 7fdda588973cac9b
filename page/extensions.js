// All extensions, and which of them have a phone.

import { list } from "./api.js";
import { create } from "./changes.js";
import { button, element, empty, show } from "./dom.js";
import { again } from "./live.js";
import { status } from "./status.js";
import { table } from "./table.js";

const PAGE = 100;
const COLUMNS = ["Username", "Name", "Status", "Phone", "Direct"];

/** Show the view in `main`; returns what looks for news. */
export function extensions(main) {
  let most = PAGE;
  let items = [];
  let more = false;
  const search = element("input", { type: "search", placeholder: "Filter", "aria-label": "Filter extensions", oninput: draw });
  const summary = element("p", { className: "muted" });
  const place = element("div");
  show(main,
    element("div", { className: "title" }, element("h1", {}, "Extensions"), search,
      button("New extension", createOne, { className: "primary" })),
    summary, place);

  async function createOne() {
    const made = await create();
    if (made) location.hash = `#extensions/${made.id}`;
  }

  function draw() {
    const wanted = search.value.trim().toLowerCase();
    const found = items.filter((item) => `${item.name}\n${item.username}\n${item.detail}`.toLowerCase().includes(wanted));
    const registered = items.filter((item) => item.registration.status === "registered").length;
    summary.textContent = items.length
      ? `${registered} of ${more ? "the first " : ""}${items.length} registered${found.length < items.length ? ` · ${found.length} shown` : ""}`
      : "";
    if (!items.length) {
      show(place, empty("No extensions yet", "Create one, type its settings into a softphone, and see it turn green here.",
        button("Create the first one", createOne, { id: "create-first" })));
    } else if (!found.length) {
      show(place, empty("None matches", `No name, username or detail holds “${search.value.trim()}”${more ? " among those shown: show more first." : "."}`));
    } else {
      show(place, table(COLUMNS, found.map(row)), more ? button("Show more", showMore, { id: "more" }) : null);
    }
  }

  function showMore() {
    most += PAGE;
    again();
  }

  return async (isCurrent) => {
    const found = await list("/extensions", most);
    if (isCurrent()) {
      ({ items, more } = found);
      items.sort((a, b) => a.username.localeCompare(b.username, "en", { numeric: true }));
      draw();
    }
    return Math.ceil(most / PAGE);
  };
}

function row(item) {
  const agents = item.registration.devices.map((device) => device.user_agent || device.source).join(", ");
  return [
    element("a", { href: `#extensions/${item.id}`, id: `open-${item.id}` }, item.username),
    item.name,
    status(item),
    agents || "–",
    item.direct_hash ? "On" : "–",
  ];
}
