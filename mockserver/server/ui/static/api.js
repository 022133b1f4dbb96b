/** The calls to the server's admin API: each names the session, and carries the token. */

const TOKEN = "mockserver-token";

/** Report a refused call, with the server's code and its advice. */
export class CallError extends Error {
  /** @param {number} status @param {string} code @param {string} detail @param {string} hint */
  constructor(status, code, detail, hint) {
    super([code, detail, hint].filter(Boolean).join(" · "));
    this.status = status;
  }
}

/** The session that the address names, else `default`: `/s/NAME/__mock/ui/`, or `/__mock/ui/?session=NAME`. */
export const SESSION =
  new URLSearchParams(location.search).get("session") ??
  decodeURIComponent(/^\/s\/([^/@]+)/.exec(location.pathname)?.[1] ?? "default");

/** The folder of the session's admin calls. A path can carry any name, a header cannot. */
export const ROOT = `/s/${encodeURIComponent(SESSION)}/__mock/`;

/** @param {string} name */
export const pageOf = (name) => `/__mock/ui/?session=${encodeURIComponent(name)}`;

/** Return the headers of a call: the token, if the server asked for one. @returns {Record<string, string>} */
export function headers() {
  const token = sessionStorage.getItem(TOKEN);
  return token === null ? {} : { Authorization: `Bearer ${token}` };
}

/** Remember the token in this tab alone. @param {string} token */
export const setToken = (token) => sessionStorage.setItem(TOKEN, token.trim());

/** Call the admin API and return its JSON. Throws `CallError` if it refuses, or does not answer. @param {string} path @param {{method?: string, body?: unknown}} [options] */
export async function call(path, { method = "GET", body } = {}) {
  const answer = await fetch(ROOT + path, {
    method,
    headers: { ...headers(), ...(method !== "GET" && { "Content-Type": "application/json" }) },
    body: body === undefined ? undefined : JSON.stringify(body),
  }).catch(() => {
    throw new CallError(0, "", "the server does not answer", "start it again with `mockserver serve`, or look why it has stopped");
  });
  const text = await answer.text();
  if (answer.ok) return text === "" ? null : JSON.parse(text);
  throw refusal(answer.status, text);
}

/** @param {number} status @param {string} text */
function refusal(status, text) {
  try {
    const { code, detail, title, hint } = JSON.parse(text);
    return new CallError(status, code ?? "", detail ?? title ?? "", hint ?? "");
  } catch {
    return new CallError(status, "", text.slice(0, 200), "");
  }
}
