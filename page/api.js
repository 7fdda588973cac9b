// The REST API, with the token of the session in a header and never in a URL.

import { session } from "./session.js";

/** What went wrong, in words for a person. `status` is 0 when the API did not answer. `fields` maps a bad field to why. */
export class ApiError extends Error {
  constructor(status, message, fields = {}) {
    super(message);
    this.status = status;
    this.fields = fields;
  }
}

/** The answer's body, and its ETag. Throws ApiError. */
export async function call(method, path, { body, etag, as = session() } = {}) {
  const headers = { Authorization: `Bearer ${as.token}` };
  if (body) headers["Content-Type"] = "application/json";
  if (etag) headers["If-Match"] = etag;
  const answer = await fetch(as.apiUrl + path, {
    method,
    headers,
    body: body && JSON.stringify(body),
    cache: "no-store",
    credentials: "omit",
  }).catch(() => {
    throw new ApiError(0, `The API at ${as.apiUrl} does not answer. Check that it runs, and your network.`);
  });
  const found = await answer.json().catch(() => ({}));
  if (!answer.ok) throw refusal(answer.status, found);
  return { found, etag: answer.headers.get("ETag") };
}

/** Up to `most` items of a list, from as many pages as it takes, and whether there are more. */
export async function list(path, most) {
  const items = [];
  let token = "";
  do {
    const wanted = new URLSearchParams({ page_size: Math.min(100, most - items.length), page_token: token });
    if (!token) wanted.delete("page_token");
    const { found } = await call("GET", `${path}?${wanted}`);
    items.push(...found.result);
    token = found.next_page_token;
  } while (token && items.length < most);
  return { items, more: Boolean(token) };
}

function refusal(status, problem) {
  const fields = {};
  for (const part of problem.errors ?? []) fields[part.pointer?.slice(2) ?? ""] = part.detail;
  return new ApiError(status, problem.detail ?? `The API failed (${status}). Try again.`, fields);
}
