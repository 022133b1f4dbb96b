/** The fields of filters and forms. */
import { html, useState } from "./vendor/htm-preact.js";

/** @type {Map<string, any>} */
const kept = new Map();

/** Hold a value as `useState` does, and keep it while another screen is shown. @template T @param {string} name @param {T} initial @returns {[T, (value: T) => void]} */
export function useKept(name, initial) {
  const [value, set] = useState(kept.has(name) ? kept.get(name) : initial);
  kept.set(name, value);
  return [value, set];
}

/** @param {(value: string) => void} set */
export const to = (set) => (/** @type {any} */ event) => set(event.target.value);

/** @param {string} label @param {string} value @param {(value: string) => void} set @param {string[]} options */
export const choice = (label, value, set, options) => html`<label>${label} <select value=${value} onChange=${to(set)}>
  ${options.map((option) => html`<option value=${option} selected=${option === value}>${option || "none"}</option>`)}</select></label>`;

/** @param {string} value @param {(value: string) => void} set @param {string} example */
export const searchField = (value, set, example) =>
  html`<label>Search <input type="search" value=${value} placeholder=${example} onInput=${to(set)} /></label>`;

/** Return a function: does a text have all words of a search? @param {string} search */
export function matches(search) {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return (/** @type {string} */ text) => words.every((word) => text.toLowerCase().includes(word));
}
