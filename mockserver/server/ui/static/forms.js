/** The screen of actions: sessions and scenarios, jobs, faults, holds; and the form that moves one job. */
import { ActionButton, ACTIONS, download, openSession, perform } from "./actions.js";
import { SESSION } from "./api.js";
import { choice, to } from "./fields.js";
import { refused, useCall } from "./loading.js";
import { attempt, state } from "./store.js";
import { html, useState } from "./vendor/htm-preact.js";

/** @type {Record<string, unknown>} the effects that the form offers, in the words of the scenario language */
const EFFECTS = {
  "503, retry after 30 s": { status: 503, retry_after: "30s" },
  "429, retry after 10 s": { status: 429, retry_after: "10s" },
  "500": { status: 500 },
  "the answer is lost": { drop: "reset" },
  "half of the answer": { truncate: "50%" },
  "30 s late": { delay: "30s" },
};
/** @type {Record<string, unknown>} */
const OCCASIONS = { "the next call": { times: 1 }, "the next 3 calls": { times: 3 }, "every call": null };

export function Actions() {
  return html`<section aria-labelledby="title"><h1 id="title">Actions</h1>
    <div class="cards"><${Sessions} /><${NewJobs} /><${Faults} /><${Holds} /></div></section>`;
}

function Sessions() {
  const [name, setName] = useState("try-1");
  const [scenario, setScenario] = useState("");
  const [clock, setClock] = useState("manual");
  const sessions = useCall("sessions", [state.epoch]);
  const scenarios = useCall("scenarios");
  const names = (sessions.data?.sessions ?? []).map((/** @type {any} */ row) => row.name);
  return html`<div class="card"><h2>Session</h2>${refused(sessions.error)}
    <p>${choice("Switch to", SESSION, openSession, [...new Set([SESSION, ...names])])}
      <${ActionButton} label="Reset this session" action=${ACTIONS.reset()} /></p>
    <p><label>New session <input value=${name} onInput=${to(setName)} /></label>
      <label>Scenario <input list="scenarios" value=${scenario} placeholder="none" onInput=${to(setScenario)} /></label>
      <datalist id="scenarios">${(scenarios.data?.scenarios ?? []).map((/** @type {string} */ each) => html`<option value=${each} />`)}</datalist>
      ${choice("Clock", clock, setClock, ["manual", "real", "auto", "x60"])}
      <${ActionButton} label="Create and open" action=${ACTIONS.newSession(name, scenario, clock)} then=${() => openSession(name)} /></p>
    <p><${ActionButton} label="Export this session" action=${ACTIONS.exportSession()} then=${(/** @type {any} */ answer) => download("json", JSON.stringify(answer, null, 2))} />
      <label>Import a session file <input type="file" accept=".json,application/json" onChange=${(/** @type {any} */ event) => importFile(event.target.files[0], name)} /></label></p>
  </div>`;
}

/** @param {File} file @param {string} name */
const importFile = (file, name) => attempt(async () => perform(ACTIONS.importSession(name, file.name, JSON.parse(await file.text())), () => openSession(name)));

function NewJobs() {
  const version = useCall("version");
  const vendors = Object.keys(version.data?.vendors ?? {});
  const [vendor, setVendor] = useState("");
  const [count, setCount] = useState("1");
  const chosen = vendor || vendors[0] || "";
  return html`<div class="card"><h2>Jobs</h2>
    <p>${choice("Vendor", chosen, setVendor, vendors)}
      <label>Count <input type="number" min="1" max="1000" value=${count} onInput=${to(setCount)} /></label>
      <${ActionButton} label="Create" disabled=${chosen === ""} action=${ACTIONS.createJobs(chosen, Number(count))} /></p></div>`;
}

function Faults() {
  const [on, setOn] = useState("get");
  const [occasion, setOccasion] = useState("the next call");
  const [effect, setEffect] = useState("503, retry after 30 s");
  const faults = useCall("faults", [state.news.faults]);
  return html`<div class="card"><h2>Faults</h2>${refused(faults.error)}
    <p><label>On <input value=${on} onInput=${to(setOn)} title="An operation, or * for all" /></label>
      ${choice("When", occasion, setOccasion, Object.keys(OCCASIONS))} ${choice("Answer", effect, setEffect, Object.keys(EFFECTS))}
      <${ActionButton} label="Inject" action=${ACTIONS.addFault(on, OCCASIONS[occasion], EFFECTS[effect])} /></p>
    <ul>${(faults.data?.faults ?? []).map((/** @type {any} */ fault) => html`<li><code>${fault.id}: ${JSON.stringify(fault.on)} ${JSON.stringify(fault.do)}</code>,
      happened ${fault.happened} times <${ActionButton} label="Remove" action=${ACTIONS.removeFault(fault.id)} /></li>`)}</ul></div>`;
}

function Holds() {
  const [operation, setOperation] = useState("cancel");
  const [point, setPoint] = useState("arrived");
  const holds = useCall("holds", [state.news.holds]);
  return html`<div class="card"><h2>Holds</h2>${refused(holds.error)}
    <p><label>Operation <input value=${operation} onInput=${to(setOperation)} /></label>
      ${choice("Hold it when", point, setPoint, ["arrived", "handled"])}
      <${ActionButton} label="Hold the next" action=${ACTIONS.hold(operation, point)} /></p>
    <ul>${(holds.data?.holds ?? []).map((/** @type {any} */ hold) => html`<li><code>${hold.id}: ${hold.operation}, ${hold.at}</code></li>`)}
      ${(holds.data?.parked ?? []).map((/** @type {any} */ held) => html`<li><code>${held.id}: ${held.operation}</code> is held
        <${ActionButton} label="Release" action=${ACTIONS.release(held.id)} /></li>`)}</ul>
    ${holds.data?.holds.length > 0 && html`<${ActionButton} label="Remove all holds" action=${ACTIONS.removeHolds()} />`}</div>`;
}

/** @param {{id: string, states: string[]}} given */
export function MoveForm({ id, states }) {
  const [target, setTarget] = useState("");
  const [force, setForce] = useState(false);
  const chosen = target || states[0] || "";
  return html`<div class="tools" role="group" aria-label="Move this job">
    ${choice("Move to", chosen, setTarget, states)}
    <label><input type="checkbox" checked=${force} onChange=${(/** @type {any} */ event) => setForce(event.target.checked)} /> even if its lifecycle has no such step</label>
    <${ActionButton} label="Move" disabled=${chosen === "" || state.past !== null} action=${ACTIONS.move(id, chosen, force)} />
    <${ActionButton} label="Lose the answer to its next cancel" action=${ACTIONS.addFault("cancel", { times: 1 }, EFFECTS["the answer is lost"], id)} />
  </div>`;
}
