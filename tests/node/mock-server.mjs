// Starts the fake for a test run, and opens sessions on it.
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";

const COMMAND = process.env.MOCKSERVER_COMMAND ?? "mockserver";

/**
 * Start `mockserver serve` on a free port; it ends with this process. Rejects if it cannot start.
 * @param {...string} options
 * @returns {Promise<{ url: string, port: number, pid: number, stop: () => void }>}
 */
export function startMockServer(...options) {
  const words = ["serve", "--port", "0", "--ready-json", "--exit-with-parent", ...options];
  // The server watches its standard input: a pipe that nothing is written to, and that closes with this process.
  const server = spawn(COMMAND, words, { stdio: "pipe" });
  let complaint = "";
  server.stderr.setEncoding("utf8").on("data", (text) => {
    process.stderr.write(text);
    complaint = (complaint + text).slice(-2000);
  });
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      const hint = "install videojob-mockserver (docs/install.md), or name the command's path in MOCKSERVER_COMMAND";
      reject(new Error(`${COMMAND} cannot be started (${cause.code}): ${hint}`, { cause }));
    });
    server.once("close", (code) => {
      reject(new Error(`${COMMAND} ${words.join(" ")} ended with exit code ${code}\n${complaint}`));
    });
    createInterface({ input: server.stdout }).once("line", (line) => {
      resolve({ ...JSON.parse(line), stop: () => server.kill() });
    });
  });
}

/**
 * Open a session: a world of its own with its own clock and jobs, so that tests do not affect each other.
 * @param {string} url
 * @param {{ scenario?: string, clock?: string }} options
 */
export async function openSession(url, { scenario, clock = "manual" } = {}) {
  const name = `test-${randomUUID()}`;
  const base = `${url}/s/${name}`;
  /** @type {(call: string, body?: object) => Promise<any>} */
  async function admin(call, body) {
    const options = body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
    const answer = await fetch(`${base}/__mock/${call}`, options);
    if (!answer.ok) throw new Error(`${call}: ${await answer.text()}`);
    return answer.json();
  }
  await admin("sessions", { name, scenario, clock });
  return {
    url: base, // a bundled pack is at `${session.url}/v/NAME`
    phaseo: `${base}/v1`,
    twelvelabs: `${base}/v1.3`,
    reap: `${base}/api/v1/automation`,
    admin,
    advance: (/** @type {string} */ by) => admin("clock", { advance: by }),
    close: () => fetch(`${url}/__mock/sessions/${name}`, { method: "DELETE" }),
  };
}
