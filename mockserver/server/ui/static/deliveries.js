/** The screen of webhooks: every attempt with its result, its signature and its body; sent again on request. */
import { ActionButton, ACTIONS } from "./actions.js";
import { statusColour } from "./answer.js";
import { bodyOf } from "./bodies.js";
import { since } from "./instants.js";
import { refused, useCall } from "./loading.js";
import { address, go } from "./routes.js";
import { shown, state } from "./store.js";
import { html } from "./vendor/htm-preact.js";
import { VirtualList } from "./virtual.js";

/** @import { Delivery } from "./types.js" */

const ROW = 28;

/** @param {{id: string}} given */
export function Deliveries({ id }) {
  const rows = shown()?.deliveries ?? [];
  return html`<section aria-labelledby="title">
    <h1 id="title">Deliveries <small>${rows.length}</small></h1>
    ${rows.length === 0 && html`<p class="empty">No webhook was sent yet. A scenario or <code>mockserver webhooks set</code> names where they go.</p>`}
    ${id !== "" && html`<${Opened} id=${id} />`}
    <${VirtualList} rows=${rows} height=${ROW} label="Deliveries" draw=${deliveryRow}
      idOf=${(/** @type {Delivery} */ row) => `${row[0]}-${row[5]}`} open=${(/** @type {Delivery} */ row) => go("deliveries", row[0])} />
  </section>`;
}

/** @param {Delivery} row */
function deliveryRow([, at, vendor, job, event, attempt, result, status, , , url]) {
  return html`<div class="request"><span class="when">${since(at)}</span> <b class=${statusColour(status)}>${status ?? "none"}</b>
    <span class="what">${result}</span> <code>${event}, attempt ${attempt} → ${url ?? ""}</code> <small>${vendor} ${job}</small></div>`;
}

/** @param {{id: string}} given */
function Opened({ id }) {
  const { data, error } = useCall("deliveries", [state.news.deliveries]);
  const attempts = (data?.deliveries ?? []).filter((/** @type {any} */ row) => row.id === id);
  return html`<div class="card"><h2>${id} <${ActionButton} label="Send again" action=${ACTIONS.redeliver(id)} /></h2>${refused(error)}
    ${attempts.map((/** @type {any} */ { body, ...rest }) => html`<table><tbody>${Object.entries(rest).map(([name, value]) => html`<tr><th scope="row">${name}</th>
      <td>${name === "job" ? html`<a href=${address("job", String(value))}>${value}</a>` : plain(value)}</td></tr>`)}</tbody></table>
      ${body !== undefined && bodyOf("Body of the webhook", plain(body))}`)}</div>`;
}

/** @param {unknown} value */
const plain = (value) => (typeof value === "string" ? value : JSON.stringify(value));
