import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { TwelvelabsApiClient } from "twelvelabs-js";
import { openSession, startMockServer } from "../mock-server.mjs";

let server;
before(async () => { server = await startMockServer("--vendor", "twelvelabs"); });
after(() => server.stop());

const BATCH = {
  modelName: "pegasus1.5",
  analysisMode: "general",
  defaults: { prompt: { inputText: "Summarize this video." } },
  requests: [{ customId: "intro", video: { type: "asset_id", assetId: "6298d673f1090f1100476d4c" } }],
};

test("a batch completes", async () => {
  const session = await openSession(server.url);
  const client = new TwelvelabsApiClient({ apiKey: "any-key", baseUrl: session.twelvelabs });
  const { batches } = client.analyzeAsync;
  const batch = await batches.create(BATCH);
  assert.equal(batch.status, "pending");
  await session.advance("1h");
  assert.equal((await batches.retrieve(batch.batchId)).status, "completed");
  await session.close();
});

test("a completed batch refuses a cancel", async () => {
  const session = await openSession(server.url);
  const client = new TwelvelabsApiClient({ apiKey: "any-key", baseUrl: session.twelvelabs });
  const { batches } = client.analyzeAsync;
  const { batchId } = await batches.create(BATCH);
  await session.advance("1h");
  await assert.rejects(batches.cancel(batchId), { statusCode: 409 });
  await session.close();
});
