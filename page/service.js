// What who serves this page says of the service: `service.json` beside it. Without one the person who signs in
// says where the API is.

/** `api_url` up to the version; `proxy` as `host:port` and `websocket` as a URL, for phones, or "". */
export const service = await read();

async function read() {
  const answer = await fetch("service.json").catch(() => null);
  return answer?.ok ? answer.json() : { api_url: "", proxy: "", websocket: "" };
}
