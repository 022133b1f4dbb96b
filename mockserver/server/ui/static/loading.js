/** Answers that a screen loads when it is shown, and again when something that they depend on changes. */
import { call } from "./api.js";
import { html, useEffect, useState } from "./vendor/htm-preact.js";

/** Return the answer of a GET, null while it is on its way, and the reason if it is refused. @param {string} path @param {readonly unknown[]} [inputs] */
export function useCall(path, inputs = []) {
  const [result, setResult] = useState({ path, data: /** @type {any} */ (null), error: "" });
  useEffect(() => {
    let isCurrent = true;
    call(path).then(
      (data) => isCurrent && setResult({ path, data, error: "" }),
      (error) => isCurrent && setResult({ path, data: null, error: String(error.message) }),
    );
    return () => {
      isCurrent = false;
    };
  }, [path, ...inputs]);
  return result.path === path ? result : { data: null, error: "" };
}

/** @param {string} error */
export const refused = (error) => error !== "" && html`<p class="problem" role="alert">${error}</p>`;
