import { afterEach, expect, test } from "vitest";
import type { CellConfig } from "../../src/executor/prelude/prelude.ts";
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

const bodyOf = (code: string) => `async()=>{${code}}`;

/** Sets the context up for some code, as for a cell's. */
function configure(code: string, config: CellConfig = { tools: [], storedValues: [] }): void {
  prepared.configure(JSON.stringify(config), bodyOf(code).length);
}

const run = (code: string): Promise<unknown> => prepared.context.eval(`$run(${bodyOf(code)})`);

async function start(code: string): Promise<void> {
  configure(code);
  await run(code);
}

test("code in a prepared isolate is heard by whom the isolate serves", async () => {
  prepared = new PreparedIsolate(defaultLimits);
  const { said, user } = listen();
  prepared.serve(user);
  await start(`text("a"); setTimeout(() => text("never"), 5)`);
  await turn();
  expect(said.map(([kind]) => kind)).toEqual(["text", "timer", "done"]);
});

test("each helper is a function called by the name of its global", async () => {
  prepared = new PreparedIsolate(defaultLimits);
  const { said, user } = listen();
  prepared.serve(user);
  const helpers = "text image notify yield_control store load setTimeout clearTimeout exit ArrayBuffer";
  await start(`text("${helpers}".split(" ").map((name) => globalThis[name].name).join(" "))`);
  await turn();
  expect(said[0]?.[1]).toBe(helpers);
});

test("a context that was given up is heard no more, by nobody", async () => {
  prepared = new PreparedIsolate(defaultLimits);
  const first = listen();
  prepared.serve(first.user);
  const late = `for (let i = 0; i < 20; i++) text("late")`;
  configure(late);
  // It speaks while its context is given up; `renew` waits for the isolate, and the words are still under way then.
  const running = run(late);
  prepared.retire();
  prepared.renew();
  const second = listen();
  prepared.serve(second.user);
  await running;
  await turn();
  expect(first.said).toEqual([]);
  expect(second.said).toEqual([]);
});

test("a renewed context has the prelude and nothing of the one before", async () => {
  prepared = new PreparedIsolate(defaultLimits);
  prepared.serve(listen().user);
  await start(`globalThis.left = 1; text = null`);
  prepared.retire();
  expect(prepared.phase).toBe("used");
  expect(() => prepared.context).toThrow("given up");
  prepared.renew();
  const { said, user } = listen();
  prepared.serve(user);
  await start(`text(typeof left)`);
  await turn();
  expect(said[0]?.slice(0, 2)).toEqual(["text", "undefined"]);
});

test("a context can be renewed on the isolate's own thread", async () => {
  prepared = new PreparedIsolate(defaultLimits);
  prepared.serve(listen().user);
  await start(`globalThis.left = 1; text = null`);
  prepared.retire();
  const renewed = prepared.renewLater();
  expect(prepared.phase).toBe("renewing");
  await renewed;
  expect(prepared.phase).toBe("prepared");
  const { said, user } = listen();
  prepared.serve(user);
  await start(`text(typeof left)`);
  await turn();
  expect(said[0]?.slice(0, 2)).toEqual(["text", "undefined"]);
});

const configs: [what: string, config: CellConfig][] = [
  ["the same", { tools: [toolOf("a")], storedValues: [["k", "1", 2]] }],
  ["other tools and values", { tools: [toolOf("b")], storedValues: [["l", "2", 2]] }],
  ["nothing", { tools: [], storedValues: [] }],
  [
    "more than is kept for the next",
    { tools: [toolOf("a")], storedValues: [["k", `"${"x".repeat(20_000)}"`, 20_003]] },
  ],
];
const pairs = configs.flatMap(([what, config]) => configs.map(([next, other]) => [what, next, config, other] as const));

test.each(pairs)("behind a cell that started from %s, one starts from %s and no more", async (_, __, first, second) => {
  prepared = new PreparedIsolate(defaultLimits);
  const heard: unknown[] = [];
  for (const config of [first, second]) {
    const { said, user } = listen();
    prepared.serve(user);
    const code = `text([Object.keys(tools), ALL_TOOLS.map(({ name }) => name), load("k"), load("l")])`;
    configure(code, config);
    await run(code);
    await turn();
    heard.push(said[0]?.[1]);
    prepared.retire();
    prepared.renew();
  }
  const expected = [first, second].map(({ tools, storedValues }) => {
    const names = tools.map(({ identifier }) => identifier);
    const valueOf = (key: string): unknown => JSON.parse(storedValues.find(([name]) => name === key)?.[1] ?? "null");
    return JSON.stringify([names, names, valueOf("k"), valueOf("l")]);
  });
  expect(heard).toEqual(expected);
});

function toolOf(identifier: string): CellConfig["tools"][number] {
  return { identifier, description: "", kind: "function" };
}

test("an isolate that goes while its context is renewed is gone and harms nobody", async () => {
  prepared = new PreparedIsolate(defaultLimits);
  prepared.retire();
  const renewed = prepared.renewLater();
  prepared.isolate.dispose();
  await renewed;
  expect(prepared.phase).toBe("used");
  expect(prepared.isReusable).toBe(false);
  prepared = new PreparedIsolate(defaultLimits);
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
