/** A job over time: states as bands, calls and webhooks as marks beneath them. The same as `drawing/tracks.py`. */
import { left, ticks } from "./axis.js";
import { duration, since } from "./instants.js";
import { html } from "./vendor/htm-preact.js";

/** @import { Axis, Delivery, Job, Request, Track } from "./types.js" */

const MIN_LABELLED_WIDTH = 9;
/** @type {[start: string, color: string][]} the first that a word of the state's name begins with wins */
const COLORS = [
  ["cancelling", "stop"], ["canceling", "stop"], ["cancel", "halt"], ["fail", "bad"], ["error", "bad"],
  ["expired", "late"], ["delet", "gone"], ["complet", "good"], ["ready", "good"], ["succe", "good"],
  ["queue", "first"], ["pend", "first"], ["process", "busy"], ["run", "busy"], ["progress", "busy"],
];

/** @param {string} state @param {boolean} [isTerminal] */
export function colorOf(state, isTerminal = false) {
  const words = state.toLowerCase().match(/[a-z]+/g) ?? [];
  return COLORS.find(([start]) => words.some((word) => word.startsWith(start)))?.[1] ?? (isTerminal ? "gone" : "next");
}

/** @param {number | null} status @param {boolean} acts */
export function markLooks(status, acts) {
  const hundreds = Math.floor((status ?? 0) / 100);
  const answer = status === null ? "none" : `ok${hundreds >= 2 && hundreds <= 5 ? hundreds : 5}`;
  return acts ? `${answer} act` : answer;
}

/** Return all instants at which something of these jobs happens. @param {Job[]} jobs @param {Map<string, Request[]>} byJob @param {Delivery[]} deliveries */
export function instantsOf(jobs, byJob, deliveries) {
  const ids = new Set(jobs.map((job) => job.id));
  return [
    ...jobs.flatMap((job) => [job.created, ...[...job.spans, ...job.ahead].map(([, from]) => from)]),
    ...jobs.flatMap((job) => (byJob.get(job.id) ?? []).map((request) => request[2])),
    ...deliveries.filter((row) => ids.has(row[3])).map((row) => row[1]),
  ];
}

/** Return what is drawn of a job at an instant. @param {Axis} axis @param {Job} job @param {Request[]} requests @param {Delivery[]} deliveries @param {number} at @returns {Track} */
export function trackOf(axis, job, requests, deliveries, at) {
  const end = Math.max(axis.to, at);
  const bands = [...job.spans, ...job.ahead].map(([word, from, to, cause, line], index) => ({
    word, since: from, until: to ?? (index < job.spans.length ? job.ahead[0]?.[1] : undefined) ?? end,
    color: colorOf(word, to === null && job.terminal), ahead: from > at,
    title: `${word} from ${since(from)} (${line > 0 ? `${cause}, line ${line}` : cause})`,
  }));
  const drawn = new Set();
  const calls = requests.map(([, , when, , operation, , method, , status, note]) => ({
    at: when, looks: markLooks(status, method !== "GET") + (note.includes("fault") ? " fault" : ""),
    title: `${since(when)} ${operation ?? method} → ${status ?? "no answer"} ${note}`.trim(),
  })).filter((mark) => {
    // Marks in one place hide one another.
    const key = `${axis.at(mark.at).toFixed(1)} ${mark.looks}`;
    return !drawn.has(key) && drawn.add(key);
  });
  const sent = deliveries.map(([, when, , , event, attempt, state, status]) => (
    { at: when, looks: `${markLooks(status, false)} sent`, title: `${since(when)} ${event}, attempt ${attempt}: ${state}` }));
  return { bands, marks: [...calls, ...sent], now: at };
}

/** Draw the elements of a track, without its ticks. @param {Track} track @param {Axis} axis */
export function elements({ bands, marks, now }, axis) {
  return html`${axis.breaks.map(([before, after]) => html`<span class="break" title="a pause of ${duration(after - before)}, drawn shorter" style=${left((axis.at(before) + axis.at(after)) / 2)}></span>`)}
    ${bands.slice(1).map((band, index) => gap(axis, bands[index].until, band.since))}
    ${bands.map(({ word, since: from, until, color, title, ahead }) => {
      const width = axis.at(until) - axis.at(from);
      const isBare = width < MIN_LABELLED_WIDTH;
      return html`<span class="band s-${color}${ahead ? " ahead" : ""}${isBare ? " bare" : ""}${width === 0 ? " sight" : ""}" title=${title}
        style=${{ ...left(axis.at(from)), width: `${width.toFixed(2)}%` }}>${isBare ? "" : word}</span>`;
    })}
    ${marks.map(({ at, looks, title, number }) => html`<span class="mark ${looks}" title=${title} style=${left(axis.at(at))}></span>
      ${number !== undefined && html`<span class="number" style=${left(axis.at(at))}>${number}</span>`}`)}
    ${now !== null && html`<span class="now" style=${left(axis.at(now))}></span>`}`;
}

/** @param {Axis} axis @param {number} from @param {number} to */
function gap(axis, from, to) {
  const [start, end] = [axis.at(from), axis.at(to)];
  return end > start && html`<span class="gap" style=${{ ...left(start), width: `${(end - start).toFixed(2)}%` }}></span>`;
}

/** Draw a job, in a row of a list or alone. @param {Axis} axis @param {Job} job @param {Request[]} requests @param {Delivery[]} deliveries @param {number} at @param {string} [looks] */
export function track(axis, job, requests, deliveries, at, looks = "") {
  const states = job.spans.map(([name, from]) => `${name} from ${since(from)}`).join(", ");
  return html`<div class="track ${looks}" role="img" aria-label=${`${job.id}: ${states}`}>${looks === "" && ticks(axis)}${elements(trackOf(axis, job, requests, deliveries, at), axis)}</div>`;
}

export const legend = html`<div class="legend"><span>● read</span><span>◆ may change the job</span><span>✕ fault</span><span>▲ webhook</span></div>`;
