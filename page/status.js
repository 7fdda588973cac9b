// Whether an extension's phone is there, in a colour and in words.

import { element } from "./dom.js";

export function status(extension) {
  const { status: state, devices } = extension.registration;
  const words = state === "registered" ? (devices.length > 1 ? `${devices.length} devices` : "Registered") : "Not registered";
  return element("span", { className: "status", "data-status": state }, words);
}
