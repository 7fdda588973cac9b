// What an operator can do to an extension, each in a dialog of its own.

import { call } from "./api.js";
import { ask, field } from "./dialog.js";
import { button } from "./dom.js";
import { notice } from "./notice.js";
import { made, remember } from "./passwords.js";

const PASSWORD_HINT = "12 to 128 characters, without the username in them. It is shown once, and never again.";
const DEVICES = { type: "number", min: 1, max: 10, hint: "1 to 10. Several devices ring together." };

/** The new extension, or undefined. */
export async function create() {
  const found = await ask("New extension", {
    label: "Create",
    fields: [
      field("name", "Name", { hint: "What people call it, for example Reception." }),
      field("username", "Username", { hint: "Letters, digits, “.”, “_” and “-”, at most 40. The phone registers with it; it can't be changed later." }),
      passwordField(),
      field("detail", "Detail", { hint: "Anything worth knowing about it." }),
      field("max_devices", "Devices", { ...DEVICES, value: 1 }),
      field("direct", "Direct address", { type: "checkbox", hint: "A public address that anyone may call." }),
    ],
    send: async (values) => {
      const { found } = await call("POST", "/extensions", { body: values });
      remember(found.id, values.password);
      return found;
    },
  });
  if (found) notice(`${found.username} is created. Its password is shown until you leave this page.`);
  return found;
}

export async function edit(extension) {
  const path = `/extensions/${extension.id}`;
  const { found: current, etag } = await call("GET", path);
  const done = await ask(`Edit ${current.username}`, {
    label: "Save",
    fields: [
      field("name", "Name", { value: current.name }),
      field("detail", "Detail", { value: current.detail }),
      field("max_devices", "Devices", { ...DEVICES, value: current.max_devices }),
    ],
    send: (values) => call("PUT", path, { body: values, etag }),
  });
  if (done) notice(`${current.username} is saved.`);
}

export async function rotatePassword(extension) {
  const done = await ask(`New password for ${extension.username}`, {
    label: "Set password",
    fields: [
      passwordField(),
      field("hours", "Hours that the old one still holds", {
        type: "number", min: 0, max: 720, value: 24, hint: "So no phone is cut off meanwhile. 0 ends it now; 720 at most." }),
    ],
    send: async ({ password, hours }) => {
      const body = { password, password_overlap_seconds: Math.round(hours * 3600) };
      await call("PUT", `/extensions/${extension.id}`, { body });
      remember(extension.id, password);
      return true;
    },
  });
  if (done) notice("The password is set. It is shown until you leave this page.");
}

export async function enable(extension) {
  await call("PUT", `/extensions/${extension.id}`, { body: { enabled: true } });
  notice(`${extension.username} is enabled.`);
}

export async function disable(extension) {
  const done = await ask(`Disable ${extension.username}?`, {
    lead: "Its phones are taken off at once, and refused until it is enabled again.",
    label: "Disable",
    danger: true,
    send: () => call("PUT", `/extensions/${extension.id}`, { body: { enabled: false } }),
  });
  if (done) notice(`${extension.username} is disabled.`);
}

export async function takeOff(extension, device) {
  await call("DELETE", `/extensions/${extension.id}/registrations/${device.id}`);
  notice("The device gets no calls until it registers again.");
}

export async function enableDirect(extension) {
  await call("PUT", `/extensions/${extension.id}`, { body: { direct: true } });
  notice("Anyone may call the direct address now.");
}

export async function disableDirect(extension) {
  const done = await ask("Switch the direct address off?", {
    lead: "Calls to it fail from now on. Switched on again, the address will be another one.",
    label: "Switch off",
    danger: true,
    send: () => call("PUT", `/extensions/${extension.id}`, { body: { direct: false } }),
  });
  if (done) notice("The direct address is off.");
}

export async function regenerateDirect(extension) {
  const done = await ask("A new direct address?", {
    lead: "Calls to the present one fail from now on.",
    label: "Make a new one",
    danger: true,
    send: () => call("PUT", `/extensions/${extension.id}`, { body: { direct_regenerate: true } }),
  });
  if (done) notice("There is a new direct address.");
}

/** Whether it was deleted. */
export async function remove(extension) {
  const done = await ask(`Delete ${extension.username}?`, {
    lead: "Its phones and its direct address are gone with it. This can't be undone.",
    label: "Delete",
    danger: true,
    send: () => call("DELETE", `/extensions/${extension.id}`),
  });
  if (done) notice(`${extension.username} is deleted.`);
  return Boolean(done);
}

function passwordField() {
  const another = button("Generate", () => { document.getElementById("field-password").value = made(); });
  return field("password", "Password", { value: made(), hint: PASSWORD_HINT, beside: another });
}

/** Let an edge push the extension's phones; their wake-ups tell which registered. */
export async function testWakeUp(extension) {
  const { found } = await call("POST", `/extensions/${extension.id}/wake-up-test`, { body: {} });
  notice(`${found.devices === 1 ? "The phone is" : `${found.devices} phones are`} pushed. The outcome shows below within 40 seconds.`);
}
