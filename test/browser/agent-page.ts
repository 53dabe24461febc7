import { readFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import type { Page } from "playwright-core";
import { bundleClient } from "../../client/bundle/client.ts";
import type { TestBrowser } from "../support/chromium.ts";
import { type PageFiles, pageServer } from "../support/page-server.ts";
import type { PageAgent } from "./page-agent.ts";

/** An agent in a page, from afar. */
type Remote<T> = {
  readonly [K in keyof T]: T[K] extends (...args: infer A) => infer R ? (...args: A) => Promise<Awaited<R>> : never;
};

/** Where an agent runs. */
export type Place = "page" | "worker";

const scripts = {
  "/page.js": `
    import { PageAgent } from "./agent.js";
    globalThis.agent = new PageAgent();`,
  // Calls go to the worker, by their numbers, and their results come back.
  "/page-of-worker.js": `
    const worker = new Worker("worker.js", { type: "module" });
    const calls = [];
    worker.onmessage = ({ data: { id, result, error } }) => error ? calls[id].reject(error) : calls[id].resolve(result);
    globalThis.agent = new Proxy({}, {
      get: (_, method) => (...args) => {
        const call = Promise.withResolvers();
        worker.postMessage({ id: calls.push(call) - 1, method, args });
        return call.promise;
      },
    });`,
  "/worker.js": `
    import { PageAgent } from "./agent.js";
    const agent = new PageAgent();
    onmessage = async ({ data: { id, method, args } }) => {
      try {
        postMessage({ id, result: await agent[method](...args) });
      } catch (error) {
        postMessage({ id, error });
      }
    };`,
};

/** The files of a page with an agent, in itself or in a worker, that has the client from the package's file for pages. */
async function agentFiles(place: Place): Promise<PageFiles> {
  const agent = stripTypeScriptTypes(await readFile(new URL("page-agent.ts", import.meta.url), "utf8"));
  const script = place === "page" ? "page.js" : "page-of-worker.js";
  return {
    ...scripts,
    "/index.html": `<!doctype html><title>an agent</title><script type="module" src="${script}"></script>`,
    "/other.html": "<!doctype html><title>another page</title>",
    "/agent.js": agent.replace("../../client/index.ts", "./cellgate.js"),
    "/cellgate.js": (await bundleClient()).code,
  };
}

/** Opens a page with an agent, which has not connected yet. `host` is whose page it is: one in `.test` is a stranger's. */
export async function agentPage(browser: TestBrowser, place: Place = "page", host = "127.0.0.1") {
  const origin = (await pageServer(await agentFiles(place))).replace("127.0.0.1", host);
  const page = await browser.page();
  await page.goto(origin);
  await page.waitForFunction("globalThis.agent !== undefined");
  return { page, origin, agent: remoteAgent(page) };
}

function remoteAgent(page: Page): Remote<PageAgent> {
  const call = async (method: string, args: unknown[]): Promise<unknown> =>
    page.evaluate(
      (asked) => {
        const { agent } = globalThis as unknown as { agent: Record<string, (...args: unknown[]) => unknown> };
        return agent[asked.method]?.(...asked.args);
      },
      { method, args },
    );
  return new Proxy({} as Remote<PageAgent>, {
    // `then` would make it a promise.
    get: (_, method: string) => (method === "then" ? undefined : (...args: unknown[]) => call(method, args)),
  });
}
