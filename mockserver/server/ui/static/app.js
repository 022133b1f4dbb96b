/** The page: its frame, the screen that the address names, and the state of the connection. */
import { ActionLines } from "./actions.js";
import { Answer } from "./answer.js";
import { attempt, begin, changed, look, refresh, shownAt, state, subscribe } from "./store.js";
import { call, SESSION, setToken } from "./api.js";
import { ClockBar } from "./clock-bar.js";
import { Deliveries } from "./deliveries.js";
import { Findings } from "./findings.js";
import { Actions } from "./forms.js";
import { Job } from "./job.js";
import { Jobs } from "./jobs.js";
import { since } from "./instants.js";
import { address, currentRoute } from "./routes.js";
import { Scenario } from "./scenario.js";
import { Traffic } from "./traffic.js";
import { html, render } from "./vendor/htm-preact.js";

/** @type {Record<string, (given: {id: string}) => any>} */
const SCREENS = {
  jobs: Jobs,
  job: Job,
  traffic: Traffic,
  answer: Answer,
  deliveries: Deliveries,
  findings: Findings,
  scenario: Scenario,
  actions: Actions,
};
/** @type {[screen: string, title: string][]} */
const MENU = [
  ["jobs", "Jobs"], ["traffic", "Traffic"], ["deliveries", "Deliveries"], ["findings", "Findings"], ["scenario", "Scenario"],
  ["actions", "Actions"],
];
/** @type {Record<string, string>} */
const LINKS = {
  connecting: "Connecting …",
  live: "Live",
  lost: "Connection lost, trying again …",
  refused: "A token is needed",
};

function TokenForm() {
  /** @param {any} event */
  function onSubmit(event) {
    event.preventDefault();
    setToken(event.target.elements.token.value);
    attempt(() => call("clock").then(() => location.reload()));
  }
  return html`<form class="card" onSubmit=${onSubmit}>
    <label>This server needs its admin token: <input name="token" type="password" autocomplete="off" required /></label>
    <button>Use it</button>
  </form>`;
}

function App() {
  const { screen, id } = currentRoute();
  const Screen = SCREENS[screen] ?? Jobs;
  return html`<div class="shell">
    <a class="skip" href="#main" onClick=${skip}>Skip to the screen</a>
    <header>
      <strong>videojob-mockserver</strong>
      <nav aria-label="Screens">${MENU.map(([name, title]) => html`<a href=${address(name)} aria-current=${name === screen ? "page" : undefined}>${title}</a>`)}</nav>
      <span class="session">${SESSION}@${state.epoch}</span>
      <span class="link ${state.link}" role="status">${LINKS[state.link]}</span>
    </header>
    <${ClockBar} />
    <div>${state.past !== null && html`<p class="past" role="status">The session as it was at ${since(shownAt())}. <button onClick=${() => look(null)}>Back to now</button></p>`}</div>
    <div>${state.scope !== "" && html`<p class="past" role="status">Requests and deliveries are about ${state.scope}.</p>`}</div>
    <div>${state.error !== "" && html`<p class="problem" role="alert">${state.error} <button onClick=${() => { state.error = ""; refresh(); }}>Dismiss</button></p>`}</div>
    <main id="main" tabindex="-1">${state.link === "refused" ? html`<${TokenForm} />` : html`<${Screen} id=${id} key=${`${screen}/${id}`} />`}</main>
    <${ActionLines} /></div>`;
}

const enterScreen = () => document.getElementById("main")?.focus();

/** @param {Event} event */
function skip(event) {
  event.preventDefault();
  enterScreen();
}

function draw() {
  render(html`<${App} />`, /** @type {Element} */ (document.getElementById("page")));
}

subscribe(draw);
addEventListener("hashchange", changed);
addEventListener("hashchange", enterScreen);
setInterval(() => state.clock?.frozen === false && state.past === null && changed(), 500);
draw();
begin();
