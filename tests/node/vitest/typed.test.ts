import { expect, inject, test } from "vitest";
import { openSession } from "../mock-server.mjs";

declare module "vitest" {
  interface ProvidedContext { mockServer: string }
}

test("a session has an address, and a clock that the test moves", async () => {
  const session = await openSession(inject("mockServer"), { clock: "manual" });
  const { elapsed } = await session.advance("8h");
  expect(elapsed).toBe("8h");
  expect(session.url).toContain("/s/test-");
  await session.close();
});
