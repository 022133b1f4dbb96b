/**
 * The live feed of a session: server-sent events read with `fetch`, because an `EventSource` can send no headers.
 * A connection that drops, or is silent for 25 seconds, is opened again where it ended.
 */
import { CallError, headers, ROOT } from "./api.js";

const SILENCE = 25_000;
const LONGEST_WAIT = 10_000;

/** Follow the feed as long as the page is open. @param {(event: string, data: any) => void} receive @param {(state: string) => void} report */
export function follow(receive, report) {
  let last = "";
  let wait = 500;

  /** @param {string} event @param {string} id @param {any} data */
  function dispatch(event, id, data) {
    last = id;
    wait = 500;
    if (event === "over" && data.reason === "reset") last = "";
    receive(event, data);
  }

  async function connect() {
    const control = new AbortController();
    const sent = headers();
    if (last !== "") sent["Last-Event-ID"] = last;
    const answer = await fetch(`${ROOT}feed`, { headers: sent, signal: control.signal });
    if (!answer.ok || answer.body === null) throw new CallError(answer.status, "", "the feed is refused", "");
    report("live");
    await readEvents(answer.body, control, dispatch);
  }

  async function keepConnected() {
    for (;;) {
      try {
        await connect();
      } catch (error) {
        if (error instanceof CallError && error.status === 401) return report("refused");
        if (error instanceof CallError && error.status === 410) last = "";
      }
      report("lost");
      await new Promise((resolve) => setTimeout(resolve, wait));
      wait = Math.min(wait * 2, LONGEST_WAIT);
    }
  }

  keepConnected();
}

/** @param {ReadableStream<Uint8Array>} body @param {AbortController} control @param {(event: string, id: string, data: any) => void} dispatch */
async function readEvents(body, control, dispatch) {
  const reader = body.pipeThrough(/** @type {any} */ (new TextDecoderStream())).getReader();
  let text = "";
  for (;;) {
    const timer = setTimeout(() => control.abort(), SILENCE);
    const { done, value } = await reader.read().finally(() => clearTimeout(timer));
    if (done) return;
    const blocks = (text + value).split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const field = Object.fromEntries(block.split("\n").map((line) => line.split(/: ?(.*)/s, 2)));
      if (field.data !== undefined) dispatch(field.event, field.id ?? "", JSON.parse(field.data));
    }
  }
}
