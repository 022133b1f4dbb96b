/** The screen of webhooks: every attempt with its result, its signature and its body; sent again, also spoilt. */
import { ActionButton, ACTIONS } from "./actions.js";
import { statusColour } from "./answer.js";
import { bodyOf, headersOf } from "./bodies.js";
import { choice, to } from "./fields.js";
import { since } from "./instants.js";
import { refused, useCall } from "./loading.js";
import { address, go } from "./routes.js";
import { pastQuery, shown, state } from "./store.js";
import { html, useState } from "./vendor/htm-preact.js";
import { VirtualList } from "./virtual.js";

/** @import { Delivery } from "./types.js" */

const ROW = 28;
/** @type {Record<string, string>} what can be wrong with a signature, in the words of the scenario language */
const SIGNATURES = { "as the vendor signs": "", "of a wrong secret": "wrong-secret", "with an old timestamp": "skewed", none: "unsigned" };

/** @param {{id: string}} given */
export function Deliveries({ id }) {
  const rows = shown()?.deliveries ?? [];
  return html`<section aria-labelledby="title">
    <h1 id="title">Deliveries <small>${rows.length}</small></h1>
    ${rows.length === 0 && html`<p class="empty">No webhook was sent yet. A scenario or <code>mockserver webhooks set</code> names where they go.</p>`}
    ${id !== "" && html`<${Opened} id=${id} />`}
    <${VirtualList} rows=${rows} height=${ROW} label="Deliveries" draw=${deliveryRow}
      idOf=${(/** @type {Delivery} */ row) => row[0]} open=${(/** @type {Delivery} */ row) => go("deliveries", row[0])} />
  </section>`;
}

/** @param {Delivery} row */
function deliveryRow([, at, vendor, job, event, attempt, result, status, signature, cause, url]) {
  return html`<div class="request"><span class="when">${since(at)}</span> <b class=${statusColour(status)}>${status ?? "none"}</b>
    <span class="what">${cause ?? result}</span> <code>${event}, attempt ${attempt} → ${url ?? "the session's own receiver"}</code>
    <small>signature ${signature} · ${vendor} ${job}</small></div>`;
}

/** @param {{id: string}} given */
function Opened({ id }) {
  const [sign, setSign] = useState("as the vendor signs");
  const [copies, setCopies] = useState("0");
  const { data, error } = useCall(`deliveries${pastQuery()}`, [state.news.deliveries]);
  const { body, headers, ...facts } = (data?.deliveries ?? []).find((/** @type {any} */ row) => row.id === id) ?? {};
  return html`<div class="card"><h2>${id}</h2>${refused(error)}
    <div class="tools" role="group" aria-label="Send it again">${choice("Signature", sign, setSign, Object.keys(SIGNATURES))}
      <label>Copies <input type="number" min="0" max="10" value=${copies} onInput=${to(setCopies)} /></label>
      <${ActionButton} label="Send again" action=${ACTIONS.redeliver(id, SIGNATURES[sign], Number(copies))} /></div>
    <table><tbody>${Object.entries(facts).filter(([, value]) => value !== null).map(([name, value]) => html`<tr><th scope="row">${name}</th>
      <td>${name === "job" ? html`<a href=${address("job", String(value))}>${value}</a>` : String(value)}</td></tr>`)}</tbody></table>
    ${headers && headersOf(headers)}${body !== undefined && bodyOf("Body of the webhook", body)}</div>`;
}
