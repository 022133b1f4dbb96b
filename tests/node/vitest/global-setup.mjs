import { startMockServer } from "../mock-server.mjs";

export default async function setup({ provide }) {
  const server = await startMockServer();
  provide("mockServer", server.url);
  return () => server.stop();
}
