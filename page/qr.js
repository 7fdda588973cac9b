// A QR code, drawn as lines of one SVG path.

import { encode } from "./vendor/uqr-0.1.3/uqr.js";

const SVG = "http://www.w3.org/2000/svg";
const QUIET_ZONE = 4; // modules (ISO/IEC 18004)

/** A picture of the text; `label` says what it holds to who can't see it. */
export function qrCode(text, label) {
  const { data, size } = encode(text, { ecc: "M", border: QUIET_ZONE });
  const lines = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : "")));
  const picture = svg("svg", { viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": label, class: "qr" });
  picture.append(svg("path", { d: lines.join("") }));
  return picture;
}

function svg(tag, attributes) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}
