// The page: signed in or not, and which view the address asks for.

import { attempts } from "./attempts.js";
import { extension } from "./extension.js";
import { extensions } from "./extensions.js";
import { live, still } from "./live.js";
import { forgetPasswords } from "./passwords.js";
import { registrations } from "./registrations.js";
import { forget, session } from "./session.js";
import { signIn } from "./sign_in.js";

const VIEWS = { extensions, registrations, attempts };
const main = document.getElementById("main");
const signedInAlone = document.querySelectorAll("nav, #freshness, #sign-out");

function open() {
  const signedIn = Boolean(session());
  for (const part of signedInAlone) part.hidden = !signedIn;
  if (!signedIn) return signIn(main, "", open);
  const [name, id] = location.hash.slice(1).split("/");
  const view = VIEWS[name] ?? extensions;
  for (const link of document.querySelectorAll("nav a")) {
    if (link.hash === `#${view.name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `${id ? "Extension" : view.name[0].toUpperCase() + view.name.slice(1)} · SIP extensions`;
  live(view === extensions && id ? extension(main, id) : view(main), () => signOut("The token is good no more: its key has ended or was deleted."));
  main.focus({ preventScroll: true });
}

function signOut(why = "") {
  still();
  forget();
  forgetPasswords();
  for (const part of signedInAlone) part.hidden = true;
  signIn(main, why, open);
}

document.getElementById("sign-out").onclick = () => signOut();
window.addEventListener("hashchange", open);
open();
