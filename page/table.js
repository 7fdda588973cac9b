// A table: on a narrow screen each row is a block of its own, in which every value has its column's name before it.

import { element } from "./dom.js";

/** `rows` are lists of cells, each text or an element; the first cell of a row is its heading. */
export function table(columns, rows) {
  const head = columns.map((label) => element("th", { scope: "col", role: "columnheader" }, label));
  return element("table", { role: "table" },
    element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, head)),
    element("tbody", { role: "rowgroup" }, rows.map((cells) => element("tr", { role: "row" }, cells.map((cell, at) => at
      ? element("td", { role: "cell", "data-label": columns[at] }, cell)
      : element("th", { scope: "row", role: "rowheader" }, cell))))));
}
