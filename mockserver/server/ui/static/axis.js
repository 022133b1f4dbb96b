/**
 * A time axis: where an instant lies, in percent of the width. A pause far longer than all shorter ones together is
 * drawn shorter. The same as `drawing/axis.py`; a test compares them.
 */
import { duration } from "./instants.js";
import { html } from "./vendor/htm-preact.js";

/** @import { Axis } from "./types.js" */

const MAX_TICKS = 7;
const MIN_TICK_DISTANCE = 7;
const LONG_PAUSE = 60e6;
const LONG_PAUSE_FACTOR = 4;
const TICK_STEPS = [
  [1e3, [1, 2, 5, 10, 20, 50, 100, 200, 500]], [1e6, [1, 2, 5, 10, 15, 30]], [60e6, [1, 2, 5, 10, 15, 30]],
  [3_600e6, [1, 2, 4, 8, 12]], [86_400e6, [1, 2, 5, 10, 30, 90, 365, 3650]],
].flatMap(([unit, counts]) => /** @type {number[]} */ (counts).map((count) => count * Number(unit)));

/** Return the axis through these instants. @param {number[]} instants @returns {Axis} */
export function axisThrough(instants) {
  const points = [...new Set(instants)].sort((a, b) => a - b);
  if (points.length === 0) points.push(0);
  if (points.length === 1) points.push(points[0] + 1e6);
  const gaps = points.slice(1).map((point, index) => point - points[index]);
  const limit = pauseLimit(gaps);
  const whole = gaps.reduce((total, gap) => total + Math.min(gap, limit), 0);
  const places = [0];
  for (const gap of gaps) places.push(/** @type {number} */ (places.at(-1)) + (Math.min(gap, limit) / whole) * 100);
  return {
    from: points[0],
    to: points[points.length - 1],
    at: (us) => interpolate(points, places, us),
    breaks: gaps.flatMap((gap, index) => (gap > limit ? [/** @type {[number, number]} */ ([points[index], points[index + 1]])] : [])),
  };
}

/** @param {number[]} gaps */
function pauseLimit(gaps) {
  let total = 0;
  for (const gap of [...gaps].sort((a, b) => a - b)) {
    if (gap > LONG_PAUSE && total > 0 && gap > LONG_PAUSE_FACTOR * total) return total;
    total += gap;
  }
  return total;
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

/** Return the instants that have a label: round ones, or both sides of each break. @param {Axis} axis */
function tickInstants({ from, to, at, breaks }) {
  const ends = [from];
  for (const us of [...breaks.flat(), to]) if (at(us) - at(ends[ends.length - 1]) >= MIN_TICK_DISTANCE) ends.push(us);
  if (breaks.length > 0) return ends;
  const step = TICK_STEPS.find((each) => (to - from) / each <= MAX_TICKS) ?? /** @type {number} */ (TICK_STEPS.at(-1));
  const first = Math.ceil(from / step);
  return Array.from({ length: Math.floor(to / step) - first + 1 }, (_, index) => (first + index) * step);
}

/** @param {number} us */
const tickLabel = (us) => (us === 0 ? "0" : `+${duration(us - (us % (us >= 10e6 ? 1e6 : 1e3)))}`);

/** @param {number} percent */
export const left = (percent) => ({ left: `${percent.toFixed(2)}%` });

/** Draw the ticks of an axis. @param {Axis} axis */
export const ticks = (axis) => tickInstants(axis).map((us) => html`<span class="grid" style=${left(axis.at(us))}></span><span class="tick" style=${left(axis.at(us))}>${tickLabel(us)}</span>`);
