// What to type into a softphone: each value with a button that copies it, and all of them as a QR code.

import { button, element } from "./dom.js";
import { copy } from "./notice.js";
import { password } from "./passwords.js";
import { qrCode } from "./qr.js";
import { service } from "./service.js";

export function softphone(extension) {
  const known = password(extension.id);
  const settings = [
    ["Username", extension.username],
    ["Password", known],
    ["Domain", extension.domain_name],
    ["Proxy", service.proxy],
    ["WebSocket", service.websocket],
  ];
  const given = settings.filter(([, value]) => value);
  const text = given.map(([name, value]) => `${name}: ${value}`).join("\n");
  const rows = settings.filter(([name, value]) => value || name === "Password").map(([name, value]) => row(name, value));
  return element(
    "div",
    { className: "softphone" },
    element("div", {},
      element("dl", { className: "settings" }, rows),
      element("p", { className: "row" }, button("Copy all", () => copy("All settings", text), { id: "copy-all" }))),
    element("figure", {},
      qrCode(text, "QR code of these settings"),
      element("figcaption", {}, known
        ? "Scan with the phone's camera: it shows these settings, with the password, to copy from."
        : "Scan with the phone's camera: it shows these settings to copy from.")),
  );
}

function row(name, value) {
  const shown = value
    ? [element("code", {}, value), button("Copy", () => copy(name, value), {
      id: `copy-${name}`, className: "quiet small", "aria-label": `Copy ${name.toLowerCase()}` })]
    : [element("span", { className: "muted" }, "Shown only when it is set. Set a new one if it is lost.")];
  return element("div", {}, element("dt", {}, name), element("dd", {}, shown));
}
