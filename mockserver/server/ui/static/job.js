/** The screen of one job: its whole story, and what is ahead. */
import { statusColour } from "./answer.js";
import { axisThrough } from "./axis.js";
import { MoveForm } from "./forms.js";
import { duration, since } from "./instants.js";
import { refused, useCall } from "./loading.js";
import { address } from "./routes.js";
import { pastQuery, shown, shownAt, state, stateAt } from "./store.js";
import { colorOf, instantsOf, legend, track } from "./track.js";
import { html } from "./vendor/htm-preact.js";

/** @import { Delivery, Job as JobRow, Request, Span, View } from "./types.js" */

const MOST_ROWS = 200;

/** @param {{id: string}} given */
export function Job({ id }) {
  const view = shown();
  const job = view?.jobs.get(id);
  const detail = useCall(`jobs/${encodeURIComponent(id)}${pastQuery()}`, [state.news.jobs, state.news.clock, state.epoch]);
  if (view === null || job === undefined) return html`<section><h1>Job</h1><p>There is no job ${id} at this time.</p></section>`;
  const cycle = view.lifecycles.find(({ vendor, kind }) => vendor === job.vendor && kind === job.kind);
  return html`${refused(detail.error)}${storyOf(job, view, detail.data, html`<${MoveForm} id=${id} states=${cycle?.states ?? []} />`)}`;
}

/** Draw a job. @param {JobRow} job @param {View} view @param {any} detail @param {any} [controls] */
export function storyOf(job, view, detail, controls) {
  const { id } = job;
  const requests = view.byJob.get(id) ?? [];
  const deliveries = view.deliveries.filter((row) => row[3] === id);
  const at = shownAt();
  const name = stateAt(job, at);
  const axis = axisThrough([...instantsOf([job], view.byJob, deliveries), at]);
  return html`<section aria-labelledby="title">
    <h1 id="title"><code>${id}</code> <span class="state s-${colorOf(name)}">${name}</span></h1>
    <p class="soft">${job.vendor} ${job.kind} ${job.number}, created ${since(job.created)}${job.deleted && ", deleted"}
      ${job.items && ` · items: ${Object.entries(job.items).map(([word, count]) => `${count} ${word}`).join(", ")}`}</p>
    <div class="alone" tabindex="0" role="region" aria-label="Timeline">${track(axis, job, requests, deliveries, at)}${legend}</div>
    ${controls}
    <h2>States</h2>${spansOf(job.spans, at)}
    ${job.ahead.length > 0 && html`<h2>What is ahead, by time alone</h2>${spansOf(job.ahead, at)}`}
    <h2>Requests <small>${requests.length}</small></h2>${requestsOf(requests)}
    ${job.marks.length > 0 && html`<h2>Commands and deliveries</h2>
      <table><tbody>${job.marks.map(([when, kind, word]) => html`<tr><td>${since(when)}</td><td>${kind}</td><td>${word}</td></tr>`)}</tbody></table>`}
    ${detail?.ledger?.length > 0 && html`<h2>Ledger</h2>
      <table><thead><tr><th>at</th><th>entry</th><th>amount</th></tr></thead><tbody>
      ${detail.ledger.map((/** @type {any} */ row) => html`<tr><td>${row.at}</td><td>${row.entry}</td><td>${row.amount} ${row.unit}</td></tr>`)}</tbody></table>`}
    ${deliveries.length > 0 && html`<h2>Deliveries</h2>${deliveriesOf(deliveries)}`}
    <p><a href=${address("jobs")}>All jobs</a></p>
  </section>`;
}

/** @param {Span[]} spans @param {number} at */
function spansOf(spans, at) {
  return html`<table><thead><tr><th>from</th><th>for</th><th>state</th><th>because of</th></tr></thead><tbody>
    ${spans.map(([name, from, to, cause, line]) => html`<tr class=${from <= at && (to === null || at < to) ? "here" : ""}>
      <td>${since(from)}</td><td>${to === null ? "" : duration(to - from)}</td>
      <td><span class="state s-${colorOf(name)}">${name}</span></td>
      <td>${cause}${line > 0 && html`, <a href=${address("scenario", String(line))}>line ${line}</a>`}</td></tr>`)}
  </tbody></table>`;
}

/** @param {Request[]} requests */
function requestsOf(requests) {
  const rows = requests.slice(-MOST_ROWS);
  return html`${rows.length < requests.length && html`<p class="soft">The newest ${rows.length} of ${requests.length}.</p>`}
    <ul class="requests">${rows.map(([, id, at, , operation, , method, path, status, note]) => html`<li>
      <a href=${address("answer", id)}><span class="when">${since(at)}</span> <b class=${statusColour(status)}>${status ?? "lost"}</b>
      <span>${operation ?? `${method} ${path}`}</span> <small>${note}</small></a></li>`)}</ul>`;
}

/** @param {Delivery[]} deliveries */
const deliveriesOf = (deliveries) => html`<ul class="requests">${deliveries.map(([id, at, , , event, attempt, name, status]) => html`<li>
  <a href=${address("deliveries", id)}><span class="when">${since(at)}</span> <b class=${statusColour(status)}>${status ?? name}</b>
  <span>${event}, attempt ${attempt}</span></a></li>`)}</ul>`;
