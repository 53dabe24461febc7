/**
 * Runs inside workerd, beside the modules of `@cloudflare/codemode`: the body of a request is a cell's source, the answer
 * what the cell returned. Its tools are here, as they are in an agent that is a Worker. A `GET` tells how many cells are
 * parked.
 */
export const cloudflareWorker = `
import { DynamicWorkerExecutor } from "./index.js";

let parked = 0;
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const tools = {
  echo: async (input) => input,
  nap: async (input) => {
    await wait(20);
    return input;
  },
  park: async () => {
    parked++;
    await wait(3_600_000);
  },
};

const worker = {
  async fetch(request, { LOADER: loader }) {
    if (request.method === "GET") return new Response(String(parked));
    const executor = new DynamicWorkerExecutor({ loader, timeout: 3_600_000 });
    const { result, error } = await executor.execute("async () => { " + (await request.text()) + " }", tools);
    return new Response(error ?? String(result), { status: error === undefined ? 200 : 500 });
  },
};

export default worker;
`;
