// Who is signed in where. The token is in this tab's sessionStorage alone: closing the tab forgets it.

const KEY = "session";

/** `{ apiUrl, token }`, or null. */
export function session() {
  return JSON.parse(sessionStorage.getItem(KEY));
}

export function keep(apiUrl, token) {
  sessionStorage.setItem(KEY, JSON.stringify({ apiUrl, token }));
}

export function forget() {
  sessionStorage.removeItem(KEY);
}
