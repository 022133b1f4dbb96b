// A call that is refused at once, and a process that stays alive until the SDK's timer fires.
import { TwelvelabsApiClient } from "twelvelabs-js";

const client = new TwelvelabsApiClient({ apiKey: "any-key", baseUrl: process.argv[2] });
const options = { maxRetries: 0, timeoutInSeconds: 3 };
const began = performance.now();
await client.analyzeAsync.batches.list({}, options).catch((error) => console.log(error.constructor.name));
console.log(Math.round(performance.now() - began));
