// Passwords that were just set here. The API never tells one again, and this page keeps them until it is reloaded, in memory.

const known = new Map();
const SIGNS = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
const LENGTH = 20;

export function remember(extensionId, password) {
  known.set(extensionId, password);
}

/** The extension's password, or undefined. */
export function password(extensionId) {
  return known.get(extensionId);
}

export function forgetPasswords() {
  known.clear();
}

/** A new one of 117 random bits, without letters that look like digits. */
export function made() {
  let found = "";
  while (found.length < LENGTH) {
    for (const byte of crypto.getRandomValues(new Uint8Array(LENGTH))) {
      // Bytes above the last whole multiple would favour the first signs.
      if (byte < 256 - (256 % SIGNS.length) && found.length < LENGTH) found += SIGNS[byte % SIGNS.length];
    }
  }
  return found;
}
