/** The screen of findings: what `serve --check` found in the answers, and in the client's conduct. */
import { refused, useCall } from "./loading.js";
import { address } from "./routes.js";
import { pastQuery, state } from "./store.js";
import { html } from "./vendor/htm-preact.js";

/** @import { Finding } from "./types.js" */

export function Findings() {
  const { data, error } = useCall(`findings${pastQuery()}`, [state.news.findings, state.epoch]);
  return html`<section aria-labelledby="title"><h1 id="title">Findings <small>${data && data.findings.length + data.conduct.length}</small></h1>
    ${refused(error)}
    ${data !== null && html`${state.past === null && html`<p class="soft">${data.judged} of ${data.requests} requests were judged.</p>`}
      <h2>In the answers</h2>${listOf(data.findings)}<h2>In the client's conduct</h2>${listOf(data.conduct)}`}
  </section>`;
}

/** @param {Finding[]} findings */
function listOf(findings) {
  if (findings.length === 0) return html`<p class="soft">None.</p>`;
  const rules = [...new Set(findings.map((finding) => finding.rule))];
  return rules.map((rule) => {
    const same = findings.filter((finding) => finding.rule === rule);
    return html`<details class="card" open=${same.length < 4}><summary><b>${rule}</b> ${same[0].message}
      ${same.length > 1 && html` <b>×${same.length}</b>`}</summary>${same.map(findingOf)}</details>`;
  });
}

/** @param {Finding} finding */
function findingOf({ message, vendor, level, request, text, story = [] }) {
  const ids = [...new Set([...story.map((call) => call.request), request])].filter(Boolean);
  return html`<div><p>${message} <small>${level}, ${vendor}</small></p>
    <p>Proved by ${ids.map((id) => html`<a href=${address("answer", id)}>${id}</a> `)}</p>
    <details><summary>the whole finding</summary><pre tabindex="0">${text}</pre></details></div>`;
}
