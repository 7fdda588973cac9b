// Signing in with a token.

import { ApiError, call } from "./api.js";
import { field } from "./dialog.js";
import { element, show } from "./dom.js";
import { service } from "./service.js";
import { keep } from "./session.js";

/** Ask for the token in `main`, with a sentence about why if there is one, and call `onSignedIn` when it is good. */
export function signIn(main, why, onSignedIn) {
  const problem = element("p", { className: "problem", role: "alert" }, why);
  const form = element("form", { className: "sign-in", autocomplete: "off" },
    element("h1", {}, "Sign in"),
    element("p", { className: "muted" },
      "With an access key's token. ", element("code", {}, "make run"), " prints one; for a deployed service ",
      element("code", {}, "POST /customers/{id}/accesskeys"), " makes one. It stays in this tab, until you close it."),
    service.api_url ? null : field("api_url", "API", {
      type: "url", required: true, hint: "Its URL up to the version, like https://api.example.com/v1.0" }),
    field("token", "Token", { type: "password", required: true }),
    problem,
    element("button", { type: "submit", className: "primary" }, "Sign in"));
  form.onsubmit = async (event) => {
    event.preventDefault();
    problem.textContent = "";
    const apiUrl = (service.api_url || form.elements.api_url.value).replace(/\/+$/, "");
    const as = { apiUrl, token: form.elements.token.value.trim() };
    try {
      await call("GET", "/extensions?page_size=1", { as });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      problem.textContent = error.status === 401
        ? "This token is not good. Check that all of it was copied, and that its key was not deleted."
        : error.message;
      return;
    }
    keep(as.apiUrl, as.token);
    onSignedIn();
  };
  show(main, form);
  form.querySelector("input").focus();
}
