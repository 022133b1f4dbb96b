import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { openSession } from "../mock-server.mjs";

let session;
beforeEach(async () => { session = await openSession(inject("mockServer"), { scenario: "cancel-then-poll" }); });
afterEach(() => session.close());

// Phaseo's own client takes the same address: new Phaseo({ apiKey, baseUrl: session.phaseo }).
async function videos(path = "", body) {
  const headers = { Authorization: "Bearer any-key", "Content-Type": "application/json" };
  const answer = await fetch(`${session.phaseo}/videos${path}`, { method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body) });
  return { status: answer.status, body: await answer.json() };
}

test("a cancelled video stays cancelled", async () => {
  const created = await videos("", { model: "qwen/wan2.7-t2v", prompt: "A lighthouse" });
  const { id } = created.body;
  expect((await videos(`/${id}/cancel`, {})).body.status).toBe("cancelled");
  await session.advance("8h");
  expect((await videos(`/${id}`)).body.status).toBe("cancelled");
});

test.each([1, 2, 3])("session %i has no video of another test", async () => {
  expect((await videos()).body.data).toEqual([]);
});
