/** The screen of all requests and answers: filter, search, follow; an opened one explains itself. */
import { statusColour } from "./answer.js";
import { choice, matches, searchField, useKept } from "./fields.js";
import { since } from "./instants.js";
import { go } from "./routes.js";
import { shown } from "./store.js";
import { html } from "./vendor/htm-preact.js";
import { VirtualList } from "./virtual.js";

/** @import { Request } from "./types.js" */

const ROW = 28;
/** @type {Record<string, (request: Request) => boolean>} */
const FILTERS = {
  "all requests": () => true,
  refused: ([, , , , , , , , status]) => status === null || status >= 400,
  cancels: ([, , , , operation]) => operation?.includes("cancel") ?? false,
  "with a fault or a note": ([, , , , , , , , , note]) => note !== "",
  "lost answers": ([, , , , , , , , , , , lost]) => lost === 1,
};

/** @param {Request} request */
export function requestRow([, id, at, vendor, operation, job, method, path, status, note]) {
  return html`<div class="request" data-request=${id}>
    <span class="when">${since(at)}</span>
    <b class=${statusColour(status)}>${status ?? "lost"}</b>
    <span class="what">${operation ?? "?"}</span>
    <code title="${method} ${path}">${method} ${path}</code>
    <small title=${note}>${note || `${vendor ?? ""} ${job ?? ""}`}</small>
  </div>`;
}

export function Traffic() {
  const view = shown();
  const [filter, setFilter] = useKept("filter of requests", "all requests");
  const [search, setSearch] = useKept("search of requests", "");
  const [follow, setFollow] = useKept("follow", true);
  const isFound = matches(search);
  const rows = (view?.requests ?? []).filter((request) => {
    return FILTERS[filter](request) && isFound(request.join(" "));
  });
  return html`<section aria-labelledby="title">
    <h1 id="title">Traffic <small>${rows.length === view?.requests.length ? rows.length : `${rows.length} of ${view?.requests.length ?? 0}`}</small></h1>
    <div class="tools">
      ${choice("Show", filter, setFilter, Object.keys(FILTERS))}
      ${searchField(search, setSearch, "path, job, status")}
      <label><input type="checkbox" checked=${follow} onChange=${(/** @type {any} */ event) => setFollow(event.target.checked)} /> Follow</label>
    </div>
    ${rows.length === 0 && html`<p class="empty">${view?.requests.length ? "No request is like this." : "No request here yet."}</p>`}
    <${VirtualList} rows=${rows} height=${ROW} label="Requests" follow=${follow} draw=${requestRow}
      idOf=${(/** @type {Request} */ request) => request[1]} open=${(/** @type {Request} */ request) => go("answer", request[1])} />
  </section>`;
}
