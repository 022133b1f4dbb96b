/** The clock one can hold: play, stop, speed, steps, and a slider through the past into what is ahead. */
import { ActionButton, ACTIONS, perform } from "./actions.js";
import { instantAfter, since } from "./instants.js";
import { look, now, shownAt, state } from "./store.js";
import { html, useState } from "./vendor/htm-preact.js";

const SPEEDS = [1, 10, 60, 600, 3600];
const STEPS = [["1s", "+1 s"], ["1m", "+1 min"], ["1h", "+1 h"]];

/** Return the next instant at which time changes a job or an entry of the schedule, or null. */
function nextEvent() {
  const { live } = state;
  if (live === null) return null;
  const ahead = [...live.jobs.values()].flatMap((job) => job.ahead.map(([, from]) => from));
  const later = [...ahead, live.next ?? -1].filter((from) => from > now());
  return later.length === 0 ? null : Math.min(...later);
}

export function ClockBar() {
  const { live, clock } = state;
  const [speed, setSpeed] = useState(1);
  const [aim, setAim] = useState(/** @type {number | null} */ (null));
  if (live === null || clock === null) return null;
  const next = nextEvent();
  const current = now();
  const end = Math.max(live.horizon, current);
  const value = aim ?? shownAt();

  /** @param {any} event */
  async function onChange(event) {
    const at = Number(event.target.value) * 1000;
    if (at > current + 1000) {
      await look(null);
      await perform(ACTIONS.goTo(instantAfter(live?.start ?? "", at)));
    } else await look(at >= current - 1000 ? null : at);
    setAim(null);
  }

  return html`<div class="bar" role="region" aria-label="Clock">
    ${clock.frozen
      ? html`<${ActionButton} label="▶ Play" action=${ACTIONS.play(speed)} />`
      : html`<${ActionButton} label="■ Stop" action=${ACTIONS.stop()} />`}
    <label>Speed <select value=${String(clock.frozen ? speed : clock.rate)} onChange=${(/** @type {any} */ event) => {
      setSpeed(Number(event.target.value));
      if (!clock.frozen) perform(ACTIONS.play(Number(event.target.value)));
    }}>${[...new Set([...SPEEDS, ...(clock.frozen ? [] : [clock.rate])])].map((rate) => html`<option value=${String(rate)}>×${rate}</option>`)}</select></label>
    ${STEPS.map(([time, label]) => html`<${ActionButton} label=${label} action=${ACTIONS.advance(time)} />`)}
    <${ActionButton} label="Next event" disabled=${next === null} title=${next === null ? "Time alone changes nothing more" : `at ${since(next)}`}
      action=${ACTIONS.goTo(instantAfter(live.start, next ?? current))} />
    <label class="slider">Time <input type="range" min="0" max=${Math.ceil(end / 1000)} step="any" value=${Math.round(value / 1000)}
      aria-valuetext=${`${since(value)}${value > current ? ", in the future" : value < current - 1000 ? ", in the past" : ", now"}`}
      onInput=${(/** @type {any} */ event) => setAim(Number(event.target.value) * 1000)} onChange=${onChange} /></label>
    <output>${since(value)}${value > current + 1000 && html` <b>advance on release</b>`}</output>
  </div>`;
}
