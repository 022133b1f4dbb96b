/** The screen of all jobs: a row each on one time axis, items under their batch. */
import { call } from "./api.js";
import { axisThrough, ticks } from "./axis.js";
import { choice, matches, searchField, useKept } from "./fields.js";
import { go } from "./routes.js";
import { saveSession } from "./save.js";
import { now, pastQuery, shown, shownAt, state, stateAt } from "./store.js";
import { colorOf, instantsOf, legend, track } from "./track.js";
import { html, useEffect, useMemo, useState } from "./vendor/htm-preact.js";
import { VirtualList } from "./virtual.js";

/** @import { Job } from "./types.js" */

const ROW = 34;
/** @type {Record<string, (job: Job) => boolean>} */
const FILTERS = {
  "all jobs": () => true,
  unfinished: (job) => !ended(job),
  completed: (job) => colorOf(stateAt(job, shownAt())) === "good",
  "failed or expired": (job) => ["bad", "late"].includes(colorOf(stateAt(job, shownAt()))),
  cancelled: (job) => ["halt", "stop"].includes(colorOf(stateAt(job, shownAt()))),
  batches: (job) => job.items !== undefined,
};

/** @param {Job} job */
const ended = (job) => job.terminal || ["good", "bad", "late", "halt", "gone"].includes(colorOf(stateAt(job, shownAt())));

/** @param {Job} job @returns {Job[]} */
function itemsOf(job) {
  return (job.item_spans ?? []).map(([index, spans, ahead]) => (
    { ...job, id: `${job.id} #${index}`, kind: "item", spans, ahead, marks: [], items: undefined, item_spans: undefined }));
}

export function Jobs() {
  const view = shown();
  const [filter, setFilter] = useKept("filter of jobs", "all jobs");
  const [search, setSearch] = useKept("search of jobs", "");
  const [opened, setOpened] = useState(/** @type {Record<string, Job>} */ ({}));
  const isFound = matches(search);
  const jobs = [...(view?.jobs.values() ?? [])].filter((job) => {
    return FILTERS[filter](job) && isFound(`${job.id} ${job.vendor} ${job.kind} ${stateAt(job, shownAt())}`);
  });
  const rows = jobs.flatMap((job) => [job, ...(opened[job.id] ? itemsOf(opened[job.id]) : [])]);
  const axis = useMemo(
    () => axisThrough([...instantsOf(jobs, view?.byJob ?? new Map(), view?.deliveries ?? []), shownAt()]),
    [state.changes, filter, search, state.past, Math.floor(now() / 1e6)],
  );
  useEffect(() => setOpened({}), [state.past, state.epoch]);

  /** @param {Job} job */
  async function unfold(job) {
    if (job.items === undefined) return;
    if (opened[job.id]) return setOpened(({ [job.id]: _closed, ...rest }) => rest);
    const { jobs: [whole] } = await call(`timeline${pastQuery() || "?"}&job=${encodeURIComponent(job.id)}`);
    setOpened((before) => ({ ...before, [job.id]: whole }));
  }

  /** @param {Job} job */
  function draw(job) {
    const name = stateAt(job, shownAt());
    const isItem = job.kind === "item";
    const deliveries = (view?.deliveries ?? []).filter((row) => row[3] === job.id);
    return html`<div class="job ${isItem ? "item" : ""}">
      <span class="name">
        ${job.items && html`<span class="fold" title="Show or hide the items (arrow keys right and left)" onClick=${(/** @type {Event} */ event) => { event.stopPropagation(); unfold(job); }}>${opened[job.id] ? "▾" : "▸"}</span>`}
        <b title=${job.id}>${isItem ? job.id.replace(/^.* #/, "item ") : job.id}</b>
        <small>${job.vendor} ${isItem ? "" : job.kind}</small>
      </span>
      <span class="state s-${colorOf(name)}">${name}</span>
      ${track(axis, job, view?.byJob.get(job.id) ?? [], deliveries, shownAt(), "row-track")}
    </div>`;
  }

  return html`<section aria-labelledby="title">
    <h1 id="title">Jobs <small>${jobs.length === view?.jobs.size ? jobs.length : `${jobs.length} of ${view?.jobs.size ?? 0}`}</small></h1>
    <div class="tools">
      ${choice("Show", filter, setFilter, Object.keys(FILTERS))}
      ${searchField(search, setSearch, "id, vendor, state")}
      <button type="button" onClick=${saveSession}>Save as HTML</button>
      ${legend}
    </div>
    <div class="job head"><span class="name">Job</span><span>State</span><div class="track axis" aria-hidden="true">${ticks(axis)}</div></div>
    ${jobs.length === 0 && html`<p class="empty">${view?.jobs.size ? "No job is like this." : "No job here yet. Create one with your client, or with Actions."}</p>`}
    <${VirtualList} rows=${rows} height=${ROW} label="Jobs" draw=${draw} unfold=${unfold} idOf=${(/** @type {Job} */ job) => job.id}
      open=${(/** @type {Job} */ job) => go("job", job.id.replace(/ #\d+$/, ""))} />
  </section>`;
}
