// What docs/javascript.md warns of, checked with the SDK. No test here can reach an address outside of this machine.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createServer } from "node:net";
import { test } from "node:test";
import { promisify } from "node:util";
import { TwelveLabs, TwelvelabsApiEnvironment } from "twelvelabs-js";

test("TwelveLabs ignores baseUrl", () => {
  delete process.env.TWELVELABS_BASE_URL;
  const client = new TwelveLabs({ apiKey: "any-key", baseUrl: "http://127.0.0.1:9/v1.3" });
  assert.equal(client._options.baseUrl, undefined);
  assert.equal(client._options.environment, TwelvelabsApiEnvironment.Default);
});

test("TWELVELABS_BASE_URL is read when a client is constructed", () => {
  process.env.TWELVELABS_BASE_URL = "http://127.0.0.1:9/v1.3";
  const client = new TwelveLabs({ apiKey: "any-key" });
  process.env.TWELVELABS_BASE_URL = "http://127.0.0.1:10/v1.3";
  assert.equal(client._options.environment, "http://127.0.0.1:9/v1.3");
});

test("a refused call leaves a timer that keeps the process alive", async () => {
  const url = `http://127.0.0.1:${await unusedPort()}/v1.3`;
  const began = performance.now();
  const { stdout } = await promisify(execFile)(process.execPath, ["refused.mjs", url], { cwd: `${import.meta.dirname}/..` });
  const [error, rejectedAfter] = stdout.trim().split("\n");
  assert.equal(error, "TwelvelabsApiError");
  assert.ok(Number(rejectedAfter) < 2000, `rejected after ${rejectedAfter} ms`);
  assert.ok(performance.now() - began >= 3000, "the process ended before the timer of 3 s");
});

async function unusedPort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
