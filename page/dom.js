// Building elements. Text becomes text nodes: nothing that the API says is ever read as HTML.

/** A new element: `properties` are set on it, `data-*` and `aria-*` and the like as attributes; children are nodes or text. */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in made && !name.includes("-")) made[name] = value;
    else made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child !== null));
  return made;
}

/** Put children into a place in the page, unless they would look the same; the focus stays where it was. */
export function show(place, ...children) {
  const made = element("div", {}, ...children);
  if (made.isEqualNode(element("div", {}, ...[...place.childNodes].map((child) => child.cloneNode(true))))) return;
  const focused = place.contains(document.activeElement) && document.activeElement.id;
  place.replaceChildren(...made.childNodes);
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

/** A button that does something; `id` keeps its focus when the page is shown anew. */
export function button(label, action, properties = {}) {
  return element("button", { type: "button", onclick: action, ...properties }, label);
}

/** A heading, a sentence about what to do, and perhaps a way to do it, in the place of what isn't there. */
export function empty(title, advice, action = null) {
  return element("div", { className: "empty" }, element("h2", {}, title), element("p", {}, advice), action);
}
