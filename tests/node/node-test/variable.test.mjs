import assert from "node:assert/strict";
import { after, test } from "node:test";
import { openSession, startMockServer } from "../mock-server.mjs";

const server = await startMockServer("--vendor", "twelvelabs");
after(() => server.stop());

test("a client of the application is pointed by a variable", async () => {
  const session = await openSession(server.url);
  process.env.TWELVELABS_BASE_URL = session.twelvelabs; // before the client is constructed
  const { TwelveLabs } = await import("twelvelabs-js");
  const client = new TwelveLabs({ apiKey: "any-key" });
  const page = await client.analyzeAsync.batches.list();
  assert.deepEqual(page.data, []);
  await session.close();
});
