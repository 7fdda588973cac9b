// A dialog with a form: it closes when the API has taken what was entered, and else says at each field what is wrong.

import { ApiError } from "./api.js";
import { button, element } from "./dom.js";

/**
 * Ask for fields in a dialog. `fields` are made by `field`; `send` gets their values by name and calls the API. Resolves
 * to what `send` returned, or to undefined when the dialog was left.
 */
export function ask(title, { lead = "", fields = [], label, danger = false, send }) {
  return new Promise((resolve) => {
    let found;
    const problem = element("p", { className: "problem", role: "alert" });
    const sure = element("button", { type: "submit", className: danger ? "danger" : "primary" }, label);
    const form = element("form", { noValidate: true, autocomplete: "off" },
      element("h2", { id: "dialog-title" }, title),
      lead && element("p", { className: "muted" }, lead),
      fields, problem,
      element("div", { className: "row end" }, button("Cancel", () => dialog.close()), sure));
    const dialog = element("dialog", { "aria-labelledby": "dialog-title" }, form);
    form.onsubmit = async (event) => {
      event.preventDefault();
      sure.disabled = true;
      clear(form, problem);
      try {
        found = await send(values(form));
        dialog.close();
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        complain(form, problem, error);
      } finally {
        sure.disabled = false;
      }
    };
    dialog.onclose = () => { dialog.remove(); resolve(found); };
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** A labelled input with a hint and room for what is wrong with it. `beside` is a button next to it. */
export function field(name, label, { hint = "", beside = null, ...input } = {}) {
  const control = element("input", { name, id: `field-${name}`, spellcheck: false, autocomplete: "off", ...input });
  control.setAttribute("aria-describedby", `hint-${name}`);
  const says = element("p", { className: "hint", id: `hint-${name}` }, hint);
  says.dataset.hint = hint;
  const named = element("label", { htmlFor: `field-${name}` }, label);
  return control.type === "checkbox"
    ? element("div", { className: "field" }, element("div", { className: "row" }, control, named), says)
    : element("div", { className: "field" }, named, element("div", { className: "row" }, control, beside), says);
}

function values(form) {
  const controls = [...form.elements].filter((control) => control.name);
  return Object.fromEntries(controls.map((control) => [control.name, value(control)]));
}

function value(control) {
  if (control.type === "checkbox") return control.checked;
  return control.type === "number" ? control.valueAsNumber : control.value;
}

function clear(form, problem) {
  problem.textContent = "";
  for (const control of form.querySelectorAll("[aria-invalid]")) {
    control.removeAttribute("aria-invalid");
    const says = document.getElementById(`hint-${control.name}`);
    says.textContent = says.dataset.hint;
  }
}

function complain(form, problem, error) {
  const bad = Object.entries(error.fields).filter(([name]) => form.elements[name]);
  for (const [name, why] of bad) {
    form.elements[name].setAttribute("aria-invalid", "true");
    // A pattern is no sentence for people: the hint tells the same rule.
    if (!why.includes("match pattern")) document.getElementById(`hint-${name}`).textContent = why;
  }
  if (bad.length) form.elements[bad[0][0]].focus();
  else problem.textContent = error.message;
}
