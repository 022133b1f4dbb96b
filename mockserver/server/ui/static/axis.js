/**
 * One time axis for all rows: where an instant lies, in percent of the width. A pause far longer than all
 * before it is folded, so that a job of 30 seconds stays visible beside an idle night.
 */
import { duration, since } from "./instants.js";
import { html } from "./vendor/htm-preact.js";

/** @import { Delivery, Job, Request, Span } from "./types.js" */

const LONG = 60e6;
const FOLDED_FROM = 20;
const LABELS = [0, 20, 40, 60, 80];
/** @type {[start: string, colour: string][]} the first that the state's name contains wins, as in the reports */
const COLOURS = [
  ["cancelling", "stop"], ["canceling", "stop"], ["cancel", "halt"], ["fail", "bad"], ["error", "bad"],
  ["expired", "late"], ["delet", "gone"], ["complet", "good"], ["ready", "good"], ["succe", "good"],
  ["queue", "first"], ["pend", "first"], ["process", "busy"], ["run", "busy"],
];

/** @typedef {{at: (us: number) => number, from: number, to: number, folds: [number, number][], invert: (percent: number) => number}} Axis */

/** @param {string} state */
export const colourOf = (state) => COLOURS.find(([word]) => state.includes(word))?.[1] ?? "next";

/** Return the axis through these instants. @param {number[]} instants @returns {Axis} */
export function axisThrough(instants) {
  const points = [...new Set(instants)].sort((a, b) => a - b);
  if (points.length < 2) points.push((points[0] ?? 0) + 1e6);
  const gaps = points.slice(1).map((point, index) => point - points[index]);
  const sorted = [...gaps].sort((a, b) => a - b);
  let sum = 0;
  let limit = Infinity;
  for (const gap of sorted) {
    if (gap > LONG && sum > 0 && gap > FOLDED_FROM * sum) {
      limit = sum;
      break;
    }
    sum += gap;
  }
  const widths = gaps.map((gap) => Math.min(gap, limit));
  const whole = widths.reduce((total, width) => total + width, 0);
  /** @type {number[]} */
  const places = [0];
  for (const width of widths) places.push(/** @type {number} */ (places.at(-1)) + (width / whole) * 100);
  const folds = /** @type {[number, number][]} */ (
    gaps.map((gap, index) => [index, gap]).filter(([, gap]) => gap > limit)
  );
  return {
    from: points[0],
    to: /** @type {number} */ (points.at(-1)),
    at: (us) => interpolate(points, places, us),
    invert: (percent) => interpolate(places, points, percent),
    folds: folds.map(([index, gap]) => [(places[index] + places[index + 1]) / 2, gap]),
  };
}

/** @param {number[]} from @param {number[]} to @param {number} value */
function interpolate(from, to, value) {
  let low = 0;
  let high = from.length - 1;
  if (value <= from[low]) return to[low];
  if (value >= from[high]) return to[high];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (from[middle] <= value) low = middle;
    else high = middle;
  }
  return to[low] + ((value - from[low]) / (from[high] - from[low])) * (to[high] - to[low]);
}

/**
 * Return all instants at which something of these jobs happens.
 * @param {Job[]} jobs @param {Map<string, Request[]>} byJob @param {Delivery[]} deliveries
 */
export function instantsOf(jobs, byJob, deliveries) {
  const ids = new Set(jobs.map((job) => job.id));
  return [
    ...jobs.flatMap((job) => [job.created, ...[...job.spans, ...job.ahead].map(([, from]) => from)]),
    ...jobs.flatMap((job) => job.marks.map(([at]) => at)),
    ...jobs.flatMap((job) => (byJob.get(job.id) ?? []).map((request) => request[2])),
    ...deliveries.filter((row) => ids.has(row[3])).map((row) => row[1]),
  ];
}

/** @param {Axis} axis */
export function axisLabels(axis) {
  return html`<div class="axis" aria-hidden="true">
    ${LABELS.map((x) => html`<span style=${{ left: `${x}%` }}>${since(axis.invert(x))}</span>`)}
    ${axis.folds.map(([x, gap]) => html`<i style=${{ left: `${x}%` }} title="a pause, drawn shorter">${duration(gap)} ⋯</i>`)}
  </div>`;
}

/** @param {Axis} axis @param {Span} span @param {string} style @param {number} end */
function band(axis, [name, from, to, cause, line], style, end) {
  const x = axis.at(from);
  const width = Math.max(axis.at(to ?? end) - x, 0.15);
  const why = line > 0 ? `${cause}, line ${line}` : cause;
  return html`<rect class="${colourOf(name)} ${style}" x="${x}%" width="${width}%" y="3" height="14">
    <title>${name} from ${since(from)} (${why})</title></rect>`;
}

/** @param {Request} request */
function requestMark([, , , , operation, , , , status, note]) {
  if (note.includes("fault")) return ["fault", "✕"];
  if (operation?.includes("cancel")) return ["cancel", status !== null && status < 400 ? "◆" : "◇"];
  return ["tick", ""];
}

/**
 * Draw one job: states as bands, polls as ticks, cancels, faults and deliveries as marks, and a line for now.
 * @param {Axis} axis @param {Job} job @param {Request[]} requests @param {Delivery[]} deliveries @param {number} at
 */
export function track(axis, job, requests, deliveries, at) {
  const end = Math.max(axis.to, at);
  const drawn = new Set();
  const marks = requests.filter((request) => {
    const key = `${axis.at(request[2]).toFixed(1)} ${requestMark(request)[0]}`;
    return !drawn.has(key) && drawn.add(key);
  });
  return html`<svg class="track" height="20" width="100%" role="img" aria-label=${describe(job)}>
    ${job.spans.map((span) => band(axis, span, "", job.ahead[0]?.[1] ?? end))}
    ${job.ahead.map((span) => band(axis, span, span[1] > at ? "ahead" : "", end))}
    ${marks.map((request) => mark(axis.at(request[2]), requestMark(request), request))}
    ${deliveries.map((row) => html`<text class="mark" x="${axis.at(row[1])}%" y="15">▲<title>${row[4]} ${row[6]} ${since(row[1])}</title></text>`)}
    <line class="now" x1="${axis.at(at)}%" x2="${axis.at(at)}%" y1="0" y2="20" />
  </svg>`;
}

/** @param {number} x @param {string[]} shape @param {Request} request */
function mark(x, [name, sign], request) {
  const title = html`<title>${since(request[2])} ${request[4] ?? request[6]} → ${request[8] ?? "no answer"} ${request[9]}</title>`;
  if (sign === "") return html`<rect class=${name} x="${x}%" y="0" width="1.5" height="20">${title}</rect>`;
  return html`<text class="mark ${name}" x="${x}%" y="15">${sign}${title}</text>`;
}

/** @param {Job} job */
const describe = (job) => `${job.id}: ${job.spans.map(([name, from]) => `${name} from ${since(from)}`).join(", ")}`;
