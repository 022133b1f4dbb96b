// Prints why a server cannot be started.
import { startMockServer } from "./mock-server.mjs";

await startMockServer(...process.argv.slice(2)).catch((error) => console.log(`rejected: ${error.message}`));
