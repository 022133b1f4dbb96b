/** The screen of the scenario: its file, with the lines at work marked. */
import { refused, useCall } from "./loading.js";
import { address } from "./routes.js";
import { pastQuery, state } from "./store.js";
import { html, useEffect } from "./vendor/htm-preact.js";

/** @import { Played } from "./types.js" */

/** @param {{id: string}} given */
export function Scenario({ id }) {
  const { data, error } = useCall(`scenario${pastQuery()}`, [state.news.jobs, state.news.clock, state.epoch]);
  useEffect(() => document.querySelector(".line.chosen")?.scrollIntoView({ block: "center" }), [id, data !== null]);
  return html`<section aria-labelledby="title"><h1 id="title">Scenario</h1>${refused(error)}
    ${data?.scenarios.length === 0 && html`<p class="empty">This session plays no scenario. Choose one in Actions, or with the API key <code>scenario:NAME</code>.</p>`}
    ${data?.scenarios.map((/** @type {Played} */ played) => fileOf(played, Number(id)))}</section>`;
}

/** @param {Played} played @param {number} chosen */
function fileOf({ name, vendor, title, text, lines }, chosen) {
  const atWork = new Map(lines.map(([line, jobs, count]) => [line, { jobs, count }]));
  return html`<h2>${name} <small>${vendor} ${title}</small></h2>
    <ol class="source">${text.trimEnd().split("\n").map((line, index) => {
      const work = atWork.get(index + 1);
      const style = [work ? "work" : "", index + 1 === chosen ? "chosen" : ""].join(" ");
      return html`<li class="line ${style}"><code>${line || " "}</code>
        ${work && html` <small>${work.count} ${work.count === 1 ? "job" : "jobs"} here: ${work.jobs.slice(0, 3).map((job) => html`<a href=${address("job", job)}>${job}</a> `)}</small>`}</li>`;
    })}</ol>`;
}
