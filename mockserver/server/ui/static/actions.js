/** What the page can do: each action is an admin call, and the command that does the same. */
import { call, headers, pageOf, ROOT, SESSION } from "./api.js";
import { attempt, changed, look, state } from "./store.js";
import { html } from "./vendor/htm-preact.js";

/** @import { Action, Actions } from "./types.js" */

const FILE_NAME = SESSION.replace(/[^\w-]+/g, "-");

/** @param {string} path @param {unknown} body @param {string} cli @returns {Action} */
const post = (path, body, cli) => ({ method: "POST", path, body, cli });

/** Values as words of YAML's flow style, which the command reads: JSON is that. @param {unknown} value */
const words = (value) => quote(JSON.stringify(value));

/** @param {unknown} value @param {string} option */
const optional = (option, value) => (value ? ` ${option} ${typeof value === "string" ? quote(value) : words(value)}` : "");

/** @type {Actions} */
export const ACTIONS = {
  advance: (time) => post("clock", { advance: time }, `clock advance ${time}`),
  stop: () => post("clock", { freeze: true }, "clock freeze"),
  play: (rate) => post("clock", { scale: rate }, `clock scale ${rate}`),
  goTo: (instant) => post("clock", { set: instant }, `clock set ${instant}`),
  reset: () => post("reset", {}, "reset"),
  newSession: (name, scenario, clock) =>
    post("sessions", { name, ...(scenario && { scenario }), ...(clock && { clock }) },
      `sessions create ${quote(name)}${optional("--scenario", scenario)}${optional("--clock", clock)}`),
  exportSession: () => ({ method: "GET", path: `sessions/${encodeURIComponent(SESSION)}/export`, cli: `sessions export ${quote(SESSION)} -o ${FILE_NAME}.json` }),
  importSession: (name, file, session) => ({
    ...post("sessions/import", { name, session }, `sessions import ${quote(file)} --name ${quote(name)}`),
    data: `"$(printf '{"name":%s,"session":%s}' ${words(name)} "$(cat ${quote(file)})")"`,
  }),
  createJobs: (vendor, count) => post("jobs", { vendor, count }, `jobs create ${vendor} --count ${count}`),
  move: (job, to, force) =>
    post(`jobs/${encodeURIComponent(job)}/move`, { to, force }, `jobs move ${quote(job)} ${quote(to)}${force ? " --force" : ""}`),
  addFault: (on, occasion, effect, job) =>
    post("faults", { on, do: effect, ...(occasion ? { when: occasion } : {}), ...(job && { job }) },
      `faults add --on ${quote(on)} --do ${words(effect)}${optional("--when", occasion)}${optional("--job", job)}`),
  removeFault: (id) => ({ method: "DELETE", path: `faults/${id}`, cli: `faults clear ${id}` }),
  hold: (operation, point) => post("holds", { operation, at: point }, `holds add ${quote(operation)} --at ${point}`),
  release: (id) => post(`holds/${id}/release`, {}, `holds release ${id}`),
  removeHolds: () => ({ method: "DELETE", path: "holds", cli: "holds clear" }),
  redeliver: (id, sign, copies) =>
    post(`deliveries/${id}/redeliver`, { ...(sign && { sign }), ...(copies > 0 && { duplicate: copies }) },
      `webhooks redeliver ${id}${optional("--sign", sign)}${copies > 0 ? ` --duplicate ${copies}` : ""}`),
};

/** @param {string} word */
const quote = (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** @param {Action} action */
function curlLine({ method, path, body, data: shownData }) {
  const token = headers().Authorization ? ' -H "Authorization: Bearer $MOCKSERVER_ADMIN_TOKEN"' : "";
  const data = body === undefined ? "" : ` -H 'Content-Type: application/json' -d ${shownData ?? words(body)}`;
  const where = SESSION === "default" ? "/__mock/" : ROOT;
  return `curl -X ${method} ${quote(location.origin + where + path)}${token}${data}`;
}

/** @param {Action} action */
function commandLine({ cli }) {
  const url = location.origin === "http://127.0.0.1:4810" ? "" : ` --url ${location.origin}`;
  const named = SESSION === "default" || cli.startsWith("sessions ") ? "" : ` --session ${quote(SESSION)}`;
  const token = headers().Authorization ? ' --admin-token "$MOCKSERVER_ADMIN_TOKEN"' : "";
  return `mockserver ${cli}${named}${url}${token}`;
}

/** The action whose lines are shown: the one in focus or under the pointer, else the last. */
const shown = { action: /** @type {Action | null} */ (null), copied: "" };

/** @param {Action} action */
function show(action) {
  if (shown.action !== null && curlLine(shown.action) === curlLine(action)) return;
  shown.action = action;
  shown.copied = "";
  changed();
}

/** Do it in the present, and show its lines; `then` gets the answer. @param {Action} action @param {(answer: any) => void} [then] */
export async function perform(action, then) {
  show(action);
  if (state.past !== null && action.method !== "GET") await look(null);
  await attempt(() => call(action.path, action).then(then));
}

/** Draw the button of an action; on focus or under the pointer, its lines are shown.
 * @param {{action: Action, label: string, title?: string, then?: (answer: any) => void, disabled?: boolean}} given
 */
export function ActionButton({ action, label, title, then, disabled = false }) {
  return html`<button type="button" title=${title} disabled=${disabled} onClick=${() => perform(action, then)}
    onFocus=${() => show(action)} onPointerEnter=${() => show(action)}>${label}</button>`;
}

/** Always as high, and below the screen: nothing moves under the pointer when the lines of an action appear. */
export function ActionLines() {
  const lines = shown.action === null ? [] : [curlLine(shown.action), commandLine(shown.action)];
  return html`<div class="lines" role="region" aria-label="The same action in a terminal">${lines.length === 0 && "Point at a button to see its command."}${lines.map((line) => html`<div>
    <button type="button" onClick=${() => copy(line)}>${shown.copied === line ? "Copied" : "Copy"}</button> <code>${line}</code></div>`)}</div>`;
}

/** @param {string} line */
async function copy(line) {
  await attempt(() => navigator.clipboard.writeText(line));
  shown.copied = line;
  changed();
}

/** Have the browser save a text under the session's name. @param {string} ending @param {string} text */
export function download(ending, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "application/octet-stream" }));
  link.download = `${FILE_NAME}.${ending}`;
  link.click();
}

/** @param {string} name */
export const openSession = (name) => location.assign(pageOf(name));
