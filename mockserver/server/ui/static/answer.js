/** One answer: why it is what it is, what it was, what changed since the previous poll, and what it would be when. */
import { bodyOf, differenceOf, headersOf } from "./bodies.js";
import { duration, since } from "./instants.js";
import { refused, useCall } from "./loading.js";
import { address } from "./routes.js";
import { state } from "./store.js";
import { colorOf } from "./track.js";
import { html } from "./vendor/htm-preact.js";

/** @import { Entry, Reason, Times } from "./types.js" */

/** @type {Record<string, string>} the parts of an explanation in the order of the page: the cause comes first */
const PARTS = {
  because: "Because", asked: "Asked", job: "Job", before: "Before", ahead: "Ahead", instead: "Instead", since: "Since then",
};

/** @param {{id: string}} given */
export function Answer({ id }) {
  const why = useCall(`explain/${encodeURIComponent(id)}`);
  const found = useCall(`journal/${encodeURIComponent(id)}`);
  const times = useCall(`explain/${encodeURIComponent(id)}/times`);
  if (found.data === null) return html`<section><h1>Answer</h1>${refused(found.error)}</section>`;
  return html`${refused(why.error)}${answerOf(found.data, why.data?.reasons ?? [], times.data)}`;
}

/** Draw an answer. @param {{entry: Entry, previous: Entry | null}} found @param {Reason[]} reasons @param {Times | null} times */
export function answerOf({ entry, previous }, reasons, times) {
  const { request, response } = entry;
  const status = response?.status ?? "no answer";
  return html`<section class="answer" aria-labelledby="title">
    <h1 id="title"><code>${request.method} ${request.path}</code> → <b class=${statusColour(response?.status ?? null)}>${status}</b></h1>
    <p class="soft">${entry.request_id} · ${entry.at} · ${entry.vendor ?? "no vendor"} ${entry.operation ?? ""}
      ${entry.job && html` · <a href=${address("job", entry.job)}>${entry.job}</a>`} · <a href=${address("traffic")}>all traffic</a></p>
    <h2>Why this answer</h2>
    <dl class="why">${reasonsByPart(reasons).map(([part, some]) => html`
      <dt class=${part === "because" && part}>${PARTS[part] ?? part}</dt>
      <dd class=${part === "because" && part}>${some.map((reason) => html`<p>${reason.text}${lineOf(reason)}</p>`)}</dd>`)}</dl>
    ${entry.note && html`<p class="note">${entry.note}</p>`}
    ${times !== null && whenOf(times)}
    <h2>Answer</h2>
    ${headersOf(response?.headers ?? [])}
    ${bodyOf("Body of the answer", response?.body ?? "")}
    ${previous !== null && html`<h2>Changed since <a href=${address("answer", previous.request_id)}>${previous.request_id}</a></h2>
      ${differenceOf(previous.response?.body ?? "", response?.body ?? "")}`}
    <h2>Request</h2>
    ${headersOf(Object.entries(request.headers))}
    ${bodyOf("Body of the request", request.body)}
  </section>`;
}

/** @param {number | null} status */
export const statusColour = (status) => (status === null ? "bad" : status < 300 ? "good" : status < 500 ? "stop" : "bad");

/** @param {Reason[]} reasons @returns {[string, Reason[]][]} */
function reasonsByPart(reasons) {
  const parts = [...new Set([...Object.keys(PARTS), ...reasons.map((reason) => reason.part)])];
  return /** @type {[string, Reason[]][]} */ (
    parts.map((part) => [part, reasons.filter((reason) => reason.part === part)])
  ).filter(([part, some]) => some.length > 0 && (part !== "since" || state.past === null));
}

/** @param {Reason} reason */
const lineOf = ({ line }) => line && html` <a href=${address("scenario", String(line))}>line ${line}</a>`;

/** @param {Times} times */
function whenOf({ answers, asked }) {
  return html`<h2>What would have been answered when</h2>
    <table><thead><tr><th>asked from</th><th>for</th><th>job</th><th>answer</th></tr></thead><tbody>
      ${answers.map(([from, to, name, status]) => html`<tr class=${from <= asked && (to === null || asked < to) ? "here" : ""}>
        <td>${since(from)}</td><td>${to === null ? "ever after" : duration(to - from)}</td>
        <td><span class="state s-${colorOf(name)}">${name}</span></td><td class=${statusColour(status)}>${status}</td></tr>`)}
    </tbody></table>`;
}
