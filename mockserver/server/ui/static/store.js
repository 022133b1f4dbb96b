/** What the page knows of one session: the timeline, followed by the feed, or the timeline of an earlier instant. */
import { call, CallError } from "./api.js";
import { follow } from "./feed.js";
import { instantAfter, parseInstant } from "./instants.js";

/** @import { Clock, Job, Request, State, Timeline, View } from "./types.js" */

const KEPT_REQUESTS = 10_000;

/** @type {State} */
export const state = {
  live: null, past: null, clock: null, measured: 0, link: "connecting", error: "", scope: "", epoch: 0, changes: 0, news: {},
};
/** @type {Set<() => void>} */
const listeners = new Set();
let isDrawing = false;

/** Call a function, at most once for each frame, when something has changed. @param {() => void} listener */
export function subscribe(listener) {
  listeners.add(listener);
}

/** Have the page drawn in the next frame. */
export function changed() {
  state.changes += 1;
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    for (const listener of listeners) listener();
  });
}

/** Return what the screens show: the past that was chosen, else the present. */
export const shown = () => state.past ?? state.live;

/** Return the session's time now, in microseconds since its start: a running clock is extrapolated. */
export function now() {
  const { live, clock, measured } = state;
  if (live === null || clock === null) return 0;
  const moved = clock.frozen ? 0 : (performance.now() - measured) * 1000 * clock.rate;
  return parseInstant(clock.now) - parseInstant(live.start) + moved;
}

/** Return the time that the screens show: now, or the past instant. */
export const shownAt = () => state.past?.now ?? now();

/** Return the state that time has brought a job to. @param {Job} job @param {number} at */
export function stateAt(job, at) {
  const begun = [...job.spans, ...job.ahead].filter(([, from]) => from <= at);
  return begun.at(-1)?.[0] ?? job.state;
}

/** @param {Timeline} timeline @returns {View} */
function toView(timeline) {
  const start = parseInstant(timeline.start);
  const view = {
    start: timeline.start,
    now: parseInstant(timeline.as_of) - start,
    horizon: timeline.horizon,
    next: timeline.next,
    jobs: new Map(timeline.jobs.map((job) => [job.id, job])),
    requests: timeline.requests,
    deliveries: timeline.deliveries,
    byJob: new Map(),
    lifecycles: timeline.lifecycles,
  };
  for (const request of view.requests) addToJob(view, request);
  return view;
}

/** @param {View} view @param {Request} request */
function addToJob(view, request) {
  const job = request[5];
  if (job === null) return;
  if (!view.byJob.get(job)?.push(request)) view.byJob.set(job, [request]);
}

/** Load the timeline, now or as of an instant: all pages of it, oldest jobs first. @param {Record<string, string>} [query] */
async function loadView(query = {}) {
  const timeline = /** @type {Timeline} */ (await call(`timeline?${new URLSearchParams(query)}`));
  for (let page = timeline; page.jobs.length > 0 && timeline.jobs.length < page.total; ) {
    const after = /** @type {Job} */ (timeline.jobs.at(-1)).id;
    page = await call(`timeline?${new URLSearchParams({ ...query, after })}`);
    timeline.jobs.push(...page.jobs);
  }
  return toView(timeline);
}

async function load() {
  const view = await loadView();
  setClock(await call("clock"));
  state.live = view;
}

/** @type {Record<string, (data: any) => void>} */
const EVENTS = {
  hello: ({ epoch, resumed, scope }) => {
    state.epoch = epoch;
    state.scope = scope ?? "";
    if (!resumed || state.live === null) refresh();
  },
  clock: (clock) => {
    setClock(clock);
    refreshSoon(150);
  },
  jobs: ({ rows }) => {
    for (const job of rows) state.live?.jobs.set(job.id, job);
  },
  requests: ({ rows, skipped }) => {
    if (skipped > 0) return refreshSoon(2_000);
    const view = state.live;
    if (view === null) return;
    const last = view.requests.at(-1)?.[0] ?? 0;
    for (const row of rows.filter((/** @type {Request} */ [seq]) => seq > last)) {
      view.requests.push(row);
      addToJob(view, row);
    }
    if (view.requests.length > KEPT_REQUESTS) refreshSoon(2_000);
  },
  deliveries: ({ rows }) => {
    const view = state.live;
    if (view === null) return;
    const known = new Map(view.deliveries.map((row) => [`${row[0]}:${row[5]}`, row]));
    for (const row of rows) known.set(`${row[0]}:${row[5]}`, row);
    view.deliveries = [...known.values()];
  },
  over: ({ reason }) => {
    if (reason === "reset") state.past = null;
  },
};

/** @param {Clock} clock */
function setClock(clock) {
  state.clock = clock;
  state.measured = performance.now();
}

/** Load the timeline again; an error is shown, not thrown. */
export const refresh = () => attempt(load);

/** @type {Record<number, ReturnType<typeof setTimeout>>} by the wait: a busy session is not loaded with every batch */
const due = {};
/** @param {number} wait */
function refreshSoon(wait) {
  due[wait] ??= setTimeout(() => {
    delete due[wait];
    refresh();
  }, wait);
}

/** Run something that calls the server; an error is shown on the page. @param {() => Promise<unknown>} work */
export async function attempt(work) {
  try {
    await work();
    state.error = "";
  } catch (error) {
    if (error instanceof CallError && error.status === 401) state.link = "refused";
    else state.error = error instanceof Error ? error.message : String(error);
  }
  changed();
}

/** Show the session as it was at an earlier instant; null shows the present again. The session does not change. @param {number | null} at */
export async function look(at) {
  const { live } = state;
  if (at === null || live === null) {
    state.past = null;
    return changed();
  }
  await attempt(async () => {
    state.past = await loadView({ as_of: instantAfter(live.start, at) });
  });
}

/** Return the query that asks for the shown past; of the present, none. */
export const pastQuery = () => (state.past === null ? "" : `?as_of=${encodeURIComponent(instantAfter(state.past.start, state.past.now))}`);

/** Begin to follow the session. */
export function begin() {
  refresh();
  follow(
    (event, data) => {
      EVENTS[event]?.(data);
      state.news[event] = (state.news[event] ?? 0) + 1;
      changed();
    },
    (link) => {
      state.link = link;
      changed();
    },
  );
}
