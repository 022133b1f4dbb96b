/** Bodies as text: JSON is indented, and two of them are compared line by line. */
import { html } from "./vendor/htm-preact.js";

const LONGEST = 20_000;
const MOST_LINES = 600;

/** @param {string} body */
export function pretty(body) {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

/** @param {string} title @param {string} body */
export function bodyOf(title, body) {
  if (body === "") return html`<p class="soft">${title}: no body</p>`;
  const text = pretty(body);
  return html`<h3>${title}</h3><pre tabindex="0" role="group" aria-label=${title}>${text.slice(0, LONGEST)}${text.length > LONGEST && html`<em> … ${text.length - LONGEST} more characters</em>`}</pre>`;
}

/** @param {[string, string][]} headers */
export const headersOf = (headers) =>
  html`<details><summary>${headers.length} ${headers.length === 1 ? "header" : "headers"}</summary><pre tabindex="0">${headers.map(([name, value]) => `${name}: ${value}\n`)}</pre></details>`;

/** Return the lines of two texts in order, each with what happened to it: " ", "-" or "+". @param {string} before @param {string} after */
export function difference(before, after) {
  const a = before.split("\n").slice(0, MOST_LINES);
  const b = after.split("\n").slice(0, MOST_LINES);
  const common = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      common[i][j] = a[i] === b[j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
  /** @type {[string, string][]} */
  const lines = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && a[i] === b[j]) {
      lines.push([" ", a[i++]]);
      j++;
    } else if (j >= b.length || (i < a.length && common[i + 1][j] >= common[i][j + 1])) lines.push(["-", a[i++]]);
    else lines.push(["+", b[j++]]);
  }
  return lines;
}

/** @param {string} before @param {string} after */
export function differenceOf(before, after) {
  const lines = difference(pretty(before), pretty(after)).filter(([sign]) => sign !== " ");
  if (lines.length === 0) return html`<p class="soft">The same body as before.</p>`;
  return html`<pre tabindex="0" role="group" aria-label="Changes since the previous answer">${lines.map(([sign, line]) => html`<span class=${sign === "+" ? "added" : "removed"}>${sign} ${line.trim()}${"\n"}</span>`)}</pre>`;
}
