/** The screens as addresses: `#/SCREEN/ID`. */

/** @import { Route } from "./types.js" */

/** @returns {Route} */
export function currentRoute() {
  const [, screen = "", id = ""] = location.hash.split("/");
  return { screen: screen || "jobs", id: decodeURIComponent(id) };
}

/** @param {string} screen @param {string} [id] */
export const address = (screen, id = "") => `#/${screen}${id && `/${encodeURIComponent(id)}`}`;

/** @param {string} screen @param {string} [id] */
export function go(screen, id = "") {
  location.hash = address(screen, id);
}
