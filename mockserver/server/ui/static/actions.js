/** What the page can do: each action is an admin call, and the command that does the same. */
import { call, headers, pageOf, ROOT, SESSION } from "./api.js";
import { attempt, changed, state } from "./store.js";
import { html } from "./vendor/htm-preact.js";

/** @import { Action } from "./types.js" */

/** @param {string} path @param {unknown} body @param {string} cli @returns {Action} */
const post = (path, body, cli) => ({ method: "POST", path, body, cli });

/** Values as words of YAML's flow style, which the command reads: JSON is that. @param {unknown} value */
const words = (value) => quote(JSON.stringify(value));

/** @param {unknown} value @param {string} option */
const optional = (option, value) => (value ? ` ${option} ${typeof value === "string" ? quote(value) : words(value)}` : "");

export const ACTIONS = {
  /** @param {string} time */
  advance: (time) => post("clock", { advance: time }, `clock advance ${time}`),
  stop: () => post("clock", { freeze: true }, "clock freeze"),
  /** @param {number} rate */
  play: (rate) => post("clock", { scale: rate }, `clock scale ${rate}`),
  /** @param {string} instant */
  goTo: (instant) => post("clock", { set: instant }, `clock set ${instant}`),
  reset: () => post("reset", {}, "reset"),
  /** @param {string} name @param {string} scenario @param {string} clock */
  newSession: (name, scenario, clock) =>
    post("sessions", { name, ...(scenario && { scenario }), ...(clock && { clock }) },
      `sessions create ${quote(name)}${optional("--scenario", scenario)}${optional("--clock", clock)}`),
  /** @param {string} vendor @param {number} count */
  createJobs: (vendor, count) => post("jobs", { vendor, count }, `jobs create ${vendor} --count ${count}`),
  /** @param {string} job @param {string} to @param {boolean} force */
  move: (job, to, force) =>
    post(`jobs/${encodeURIComponent(job)}/move`, { to, force }, `jobs move ${quote(job)} ${quote(to)}${force ? " --force" : ""}`),
  /** @param {string} on @param {unknown} occasion @param {unknown} effect @param {string} [job] */
  addFault: (on, occasion, effect, job) =>
    post("faults", { on, do: effect, ...(occasion ? { when: occasion } : {}), ...(job && { job }) },
      `faults add --on ${quote(on)} --do ${words(effect)}${optional("--when", occasion)}${optional("--job", job)}`),
  /** @param {string} id */
  removeFault: (id) => ({ method: "DELETE", path: `faults/${id}`, cli: `faults clear ${id}` }),
  /** @param {string} operation @param {string} point */
  hold: (operation, point) => post("holds", { operation, at: point }, ""),
  /** @param {string} id */
  release: (id) => post(`holds/${id}/release`, {}, ""),
  removeHolds: () => ({ method: "DELETE", path: "holds", cli: "" }),
  /** @param {string} id */
  redeliver: (id) => post(`deliveries/${id}/redeliver`, {}, `webhooks redeliver ${id}`),
};

/** @param {string} word */
const quote = (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

/** @param {Action} action */
export function curlLine({ method, path, body }) {
  const token = headers().Authorization ? ' -H "Authorization: Bearer $MOCKSERVER_ADMIN_TOKEN"' : "";
  const data = body === undefined ? "" : ` -H 'Content-Type: application/json' -d ${words(body)}`;
  const where = SESSION === "default" ? "/__mock/" : ROOT;
  return `curl -X ${method} ${quote(location.origin + where + path)}${token}${data}`;
}

/** @param {Action} action */
export function commandLine({ cli }) {
  if (cli === "") return "";
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

/** Do it, and show its lines. Return true if the server did not refuse. @param {Action} action */
export function perform(action) {
  show(action);
  return attempt(() => call(action.path, action));
}

/**
 * Draw the button of an action; on focus or under the pointer, its lines are shown.
 * @param {{action: Action, label: string, title?: string, then?: () => void, disabled?: boolean}} given
 */
export function ActionButton({ action, label, title, then, disabled = false }) {
  const onClick = async () => {
    if (await perform(action)) then?.();
  };
  return html`<button type="button" title=${title} disabled=${disabled} onClick=${onClick}
    onFocus=${() => show(action)} onPointerEnter=${() => show(action)}>${label}</button>`;
}

export function ActionLines() {
  if (shown.action === null || state.link === "refused") return null;
  const lines = [curlLine(shown.action), commandLine(shown.action)].filter(Boolean);
  return html`<div class="lines" role="region" aria-label="The same action in a terminal">${lines.map((line) => html`<div>
    <button type="button" onClick=${() => copy(line)}>${shown.copied === line ? "Copied" : "Copy"}</button> <code>${line}</code></div>`)}</div>`;
}

/** @param {string} line */
async function copy(line) {
  await attempt(() => navigator.clipboard.writeText(line));
  shown.copied = line;
  changed();
}

/** @param {string} name */
export function openSession(name) {
  location.assign(pageOf(name));
}
