/** A session as one HTML file without scripts: it explains what happened where there is no server. */
import { download } from "./actions.js";
import { answerOf } from "./answer.js";
import { call, SESSION } from "./api.js";
import { storyOf } from "./job.js";
import { address } from "./routes.js";
import { attempt, shown } from "./store.js";
import { requestRow } from "./traffic.js";
import { html, render } from "./vendor/htm-preact.js";

const MOST_JOBS = 200;
const MOST_ANSWERS = 300;
const POLICY = "default-src 'none'; style-src 'unsafe-inline'";

/** Have the browser save what the screens show now. Each screen is a landmark with a title; a file has too many for that. */
export const saveSession = () => attempt(async () => {
  const body = document.createElement("div");
  render(await wholeSession(), body);
  for (const each of body.querySelectorAll("section, #title")) for (const name of ["id", "aria-labelledby"]) each.removeAttribute(name);
  const style = await (await fetch("./style.css")).text();
  const page = `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${POLICY}">
    <title>A session of videojob-mockserver</title><style>${style}</style></head><body class="saved">${body.innerHTML}</body></html>`;
  download("html", page);
});

async function wholeSession() {
  const view = shown();
  if (view === null) throw new Error("There is nothing to save yet.");
  const jobs = [...view.jobs.values()].slice(-MOST_JOBS);
  const requests = view.requests.slice(-MOST_ANSWERS);
  const answers = [];
  for (const [, id] of requests) answers.push([id, await call(`journal/${id}`), await call(`explain/${id}`)]);
  return html`<main><h1>Session ${SESSION}, from ${view.start}</h1>
    <p>${jobs.length} of ${view.jobs.size} jobs and ${requests.length} of ${view.requests.length} requests.</p>
    ${jobs.map((job) => html`<article id=${address("job", job.id).slice(1)}>${storyOf(job, view, null)}</article>`)}
    <h1>Traffic</h1>${requests.map((request) => html`<a href=${address("answer", request[1])}>${requestRow(request)}</a>`)}
    ${answers.map(([id, found, why]) => html`<article id=${address("answer", id).slice(1)}>${answerOf(found, why.reasons, null)}</article>`)}</main>`;
}
