// A sentence at the edge of the page that tells what was just done, and goes by itself.

const SHOWN_MS = 4000;
let timer;

export function notice(sentence) {
  const place = document.getElementById("notice");
  place.textContent = sentence;
  clearTimeout(timer);
  timer = setTimeout(() => { place.textContent = ""; }, SHOWN_MS);
}

/** Copy a value and say so. */
export async function copy(what, value) {
  try {
    await navigator.clipboard.writeText(value);
    notice(`${what} copied.`);
  } catch {
    notice("The browser did not let this page copy. Select the text and copy it yourself.");
  }
}
