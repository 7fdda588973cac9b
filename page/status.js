// Whether an extension's phone is there, or may be, in a colour and in words.

import { element } from "./dom.js";

export function status(extension) {
  const { status: state, devices } = extension.registration;
  return element("span", { className: "status", "data-status": state }, words(extension.enabled, devices.length));
}

function words(enabled, devices) {
  if (!enabled) return "Disabled";
  if (devices > 1) return `${devices} devices`;
  return devices ? "Registered" : "Not registered";
}
