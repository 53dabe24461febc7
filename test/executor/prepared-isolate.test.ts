import { afterEach, expect, test } from "vitest";
import { PreparedIsolate } from "../../src/executor/prepared-isolate.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";

let prepared: PreparedIsolate;
afterEach(() => prepared.isolate.dispose());

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** Hears what the code in an isolate says. */
function listen(): { said: unknown[][]; user: Parameters<PreparedIsolate["serve"]>[0] } {
  const said: unknown[][] = [];
  const user = { hear: (...message: unknown[]) => said.push(message) === 0, catastrophe: () => {} };
  return { said, user };
}

/** Starts code as a cell does. */
async function start(code: string): Promise<void> {
  const body = `async()=>{${code}}`;
  const config = JSON.stringify({ tools: [], storedValues: [], bodyLength: body.length });
  await prepared.deliver("configure", 0, true, config);
  await prepared.context.eval(`$run(${body})`);
}

test("code in a prepared isolate is heard by whom the isolate serves", async () => {
  prepared = new PreparedIsolate(defaultLimits);
  const { said, user } = listen();
  prepared.serve(user);
  await start(`text("a"); setTimeout(() => text("never"), 5)`);
  await turn();
  expect(said.map(([kind]) => kind)).toEqual(["begin", "text", "timer", "done"]);
});

test("a context that was given up is heard no more, by nobody", async () => {
  prepared = new PreparedIsolate(defaultLimits);
  const first = listen();
  prepared.serve(first.user);
  // It says this while its context is being given up; the words are still under way then.
  const running = start(`for (let i = 0; i < 20; i++) text("late")`);
  prepared.retire();
  prepared.renew();
  const second = listen();
  prepared.serve(second.user);
  await running.catch(() => {});
  await turn();
  expect(second.said).toEqual([]);
});

test("a renewed context has the prelude and nothing of the one before", async () => {
  prepared = new PreparedIsolate(defaultLimits);
  prepared.serve(listen().user);
  await start(`globalThis.left = 1; text = null`);
  prepared.retire();
  expect(prepared.isPrepared).toBe(false);
  expect(() => prepared.context).toThrow("given up");
  prepared.renew();
  const { said, user } = listen();
  prepared.serve(user);
  await start(`text(typeof left)`);
  await turn();
  expect(said[1]?.slice(0, 2)).toEqual(["text", "undefined"]);
});

test("a disposed isolate is not reusable, nor one with a full heap", async () => {
  prepared = new PreparedIsolate(defaultLimits);
  expect(prepared.isReusable).toBe(true);
  prepared.serve(listen().user);
  await start(`globalThis.kept = Array.from({ length: 3_000_000 }, (_, i) => i + 0.5)`);
  expect(prepared.isReusable).toBe(false);
  const other = new PreparedIsolate(defaultLimits);
  other.isolate.dispose();
  expect(other.isReusable).toBe(false);
});
