import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { TwelvelabsApiClient } from "twelvelabs-js";
import { openSession, startMockServer } from "../mock-server.mjs";

let server;
before(async () => { server = await startMockServer("--vendor", "twelvelabs", "--check"); });
after(() => server.stop());

const BATCH = {
  modelName: "pegasus1.5",
  analysisMode: "general",
  defaults: { prompt: { inputText: "Summarize this video." } },
  requests: [{ customId: "intro", video: { type: "asset_id", assetId: "6298d673f1090f1100476d4c" } }],
};

/** Close a session, and fail if the client broke a rule of conduct. */
async function closeJudged(session) {
  const { conduct } = await session.admin("findings");
  await session.close();
  assert.deepEqual(conduct.map(({ rule, message }) => `${rule}: ${message}`), []);
}

async function readCompletedBatch(session, times) {
  const { batches } = new TwelvelabsApiClient({ apiKey: "any-key", baseUrl: session.twelvelabs }).analyzeAsync;
  const { batchId } = await batches.create(BATCH);
  await session.advance("1h");
  for (let read = 0; read < times; read++) await batches.retrieve(batchId);
}

test("a client that stops at the end passes", async () => {
  const session = await openSession(server.url);
  await readCompletedBatch(session, 1);
  await closeJudged(session);
});

test("a client that polls on after the end fails, and the message names the rule", async () => {
  const session = await openSession(server.url);
  await readCompletedBatch(session, 2);
  await assert.rejects(closeJudged(session), /C2: the client/);
});
