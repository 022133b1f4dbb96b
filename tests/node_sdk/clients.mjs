// Runs a job of one vendor to its end, cancels another, and makes a mistake, all with the vendor's own client.
// Usage: node clients.mjs NAME URL; prints what the client showed, as JSON.
import { Anthropic } from "@anthropic-ai/sdk";
import { createFalClient } from "@fal-ai/client";
import { RunwayML } from "@runwayml/sdk";
import { OpenAI, toFile } from "openai";
import Replicate from "replicate";

const [name, url] = process.argv.slice(2);
const address = `${url}/v/${name}`;
const SECONDS_BETWEEN_POLLS = 5;
const MAX_POLLS = 100;

/** Each has `create`, `read` and `cancel` of a job, the `status` and the statuses that end it, and a `mistake`. */
const VENDORS = {
  anthropic() {
    const { batches } = new Anthropic({ apiKey: "test-key", baseURL: address, maxRetries: 0 }).messages;
    const params = { model: "claude-sonnet-4-5", max_tokens: 9, messages: [{ role: "user", content: "Hi" }] };
    return {
      create: () => batches.create({ requests: [{ custom_id: "a", params }] }),
      read: (job) => batches.retrieve(job.id),
      cancel: (job) => batches.cancel(job.id),
      status: (job) => job.processing_status,
      ends: ["ended"],
      result: async (job) => {
        const lines = [];
        for await (const line of await batches.results(job.id)) lines.push(line.result.type);
        return lines;
      },
      mistake: () => batches.retrieve("msgbatch_unknown"),
    };
  },
  fal() {
    const app = "fal-ai/flux/dev";
    const { queue } = createFalClient({
      credentials: "id:secret",
      requestMiddleware: (request) => ({ ...request, url: request.url.replace("https://queue.fal.run", address) }),
    });
    return {
      create: () => queue.submit(app, { input: { prompt: "A lighthouse" } }),
      read: (job) => queue.status(app, { requestId: job.request_id }),
      cancel: (job) => queue.cancel(app, { requestId: job.request_id }),
      status: (job) => job.status,
      ends: ["COMPLETED"],
      result: async (job) => Object.keys((await queue.result(app, { requestId: job.request_id })).data),
      mistake: () => queue.submit("v1/videos", { input: {} }),
    };
  },
  openai() {
    const client = new OpenAI({ apiKey: "sk-test", baseURL: `${address}/v1`, maxRetries: 0 });
    const body = { model: "gpt-4.1-mini", messages: [{ role: "user", content: "Hi" }] };
    const line = JSON.stringify({ custom_id: "a", method: "POST", url: "/v1/chat/completions", body });
    return {
      async create() {
        const file = await client.files.create({ file: await toFile(Buffer.from(line), "in.jsonl"), purpose: "batch" });
        const window = { endpoint: "/v1/chat/completions", completion_window: "24h" };
        return client.batches.create({ input_file_id: file.id, ...window });
      },
      read: (job) => client.batches.retrieve(job.id),
      cancel: (job) => client.batches.cancel(job.id),
      status: (job) => job.status,
      ends: ["completed", "failed", "cancelled", "expired"],
      result: async (job) => JSON.parse(await (await client.files.content(job.output_file_id)).text()).custom_id,
      mistake: () => client.batches.retrieve("unknown"),
    };
  },
  replicate() {
    const { predictions } = new Replicate({ auth: "r8_test", baseUrl: `${address}/v1`, useFileOutput: false });
    return {
      create: () => predictions.create({ version: "a".repeat(64), input: { prompt: "A lighthouse" } }),
      read: (job) => predictions.get(job.id),
      cancel: (job) => predictions.cancel(job.id),
      status: (job) => job.status,
      ends: ["succeeded", "failed", "canceled", "aborted"],
      result: (job) => typeof job.output,
      mistake: () => predictions.get("a".repeat(26)),
    };
  },
  runway() {
    const client = new RunwayML({ apiKey: `key_${"a".repeat(128)}`, baseURL: address, maxRetries: 0 });
    const video = { model: "gen4_turbo", promptImage: "https://example.com/a.png", ratio: "1280:720", duration: 5 };
    return {
      create: () => client.imageToVideo.create(video),
      read: (job) => client.tasks.retrieve(job.id),
      cancel: (job) => client.tasks.delete(job.id),
      status: (job) => job.status,
      ends: ["SUCCEEDED", "FAILED", "CANCELLED"],
      result: (job) => job.output.length,
      mistake: () => client.imageToVideo.create({ ...video, ratio: "1:1" }),
    };
  },
};

async function advance() {
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify({ advance: `${SECONDS_BETWEEN_POLLS}s` });
  const answer = await fetch(`${url}/__mock/clock`, { method: "POST", headers, body });
  if (!answer.ok) throw new Error(await answer.text());
}

/** Poll to the end; return the job, and its statuses without repeats. */
async function follow(vendor, created) {
  const statuses = [];
  for (let polls = 0; polls < MAX_POLLS; polls++) {
    const job = await vendor.read(created);
    if (vendor.status(job) !== statuses.at(-1)) statuses.push(vendor.status(job));
    if (vendor.ends.includes(vendor.status(job))) return { job: { ...created, ...job }, statuses };
    await advance();
  }
  throw new Error(`no end after ${MAX_POLLS} polls: ${statuses}`);
}

async function outcome(call) {
  try {
    return { answered: (await call())?.status };
  } catch (error) {
    return { error: error.constructor.name, status: error.status ?? error.response?.status };
  }
}

const vendor = VENDORS[name]();
const done = await follow(vendor, await vendor.create());
const result = await vendor.result(done.job);
const other = await vendor.create();
const late = await outcome(() => vendor.cancel(done.job));
await vendor.cancel(other);
const cancelled = await follow(vendor, other).then((end) => end.statuses, (error) => error.constructor.name);
const mistake = await outcome(vendor.mistake);
console.log(JSON.stringify({ statuses: done.statuses, result, late, cancelled, mistake }));
