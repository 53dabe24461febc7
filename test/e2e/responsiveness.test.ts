import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import { connect, type ConnectOptions, type Turn } from "../../client/index.ts";
import { sharedGateway } from "../support/running-gateway.ts";
import { printTime } from "./cell-turn.ts";
import { stubbornSources } from "./stubborn-sources.ts";

const gateway = sharedGateway({ executors: 2 });

/** A turn of the SDK on a session of its own. */
async function openTurn(options: Partial<ConnectOptions> = {}): Promise<Turn> {
  const { url, token } = gateway();
  const turn = await connect(url, { token, ...options });
  onTestFinished(() => turn.close());
  return turn;
}

/** Runs cells that do nothing until `end`, one after another, and gives how long the slowest took. */
async function slowestNoOp(turn: Turn, end: Promise<unknown>): Promise<number> {
  const over = end.then(() => true);
  let slowest = 0;
  for (let isOver = false; !isOver; isOver = await Promise.race([over, Promise.resolve(false)])) {
    const start = performance.now();
    expect((await turn.run("1")).error).toBeUndefined();
    slowest = Math.max(slowest, performance.now() - start);
  }
  return slowest;
}

describe("while code that keeps its thread busy runs and is terminated", () => {
  test.for(stubbornSources)("the gateway's loop is not held up, and others are answered: $name", async (stubborn) => {
    const { name, source } = stubborn;
    const holding = Promise.withResolvers<void>();
    const hold = { description: "Tells that the cell is there.", run: () => holding.resolve() };
    const [turn, other] = [await openTurn({ tools: { hold } }), await openTurn()];
    // Both are warm: what is measured is the code, not the first use of the gateway's own.
    await Promise.all([turn.run("1"), other.run("1")]);

    // The gateway runs in this process, beside two clients that have next to nothing to do.
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const cell = await turn.execute(`tools.hold(); ${source}`, { yieldMs: 0 });
    await holding.promise;
    const start = performance.now();
    await other.run("1");
    const noOpMs = performance.now() - start;
    const terminating = turn.terminate(cell.cellId);
    const slowestMs = await slowestNoOp(other, terminating);
    expect((await terminating).type).toBe("terminated");
    delay.disable();

    // What a timer of 1 ms takes when nothing delays it is no delay.
    const delayMs = delay.max / 1e6 - 1;
    printTime(`the gateway's loop under ${name}`, delayMs, 50);
    printTime(`a no-op cell of another session under ${name}`, Math.max(noOpMs, slowestMs), 100);
    expect(delayMs).toBeLessThan(250);
    expect(Math.max(noOpMs, slowestMs)).toBeLessThan(2_000);
  });
});

test("50 parallel calls of a tool that takes 20 ms take little more than one", async () => {
  const tool = { description: "Takes its time.", run: () => sleep(20, "done") };
  const turn = await openTurn({ tools: { tool } });
  const source = `
    const start = Date.now();
    const results = await Promise.all(Array.from({ length: 50 }, () => tools.tool()));
    text(Date.now() - start);
    text(results.every((result) => result === "done"));`;
  await turn.run(source);
  const start = performance.now();
  const outcome = await turn.run(source);
  const ms = performance.now() - start;
  printTime("50 parallel calls of a tool of 20 ms, the whole cell", ms, 25);
  const [inside, allDone] = outcome.text.split("\n");
  printTime("50 parallel calls of a tool of 20 ms, as the cell saw it", Number(inside), 25);
  expect(allDone).toBe("true");
  expect(ms).toBeGreaterThan(19);
  expect(ms).toBeLessThan(200); // A fifth of what they would take one after another.
});

describe("a great deal of everything in one cell is answered, in order, and so is another session's cell meanwhile", () => {
  const numbers = (length: number): string[] => Array.from({ length }, (_, index) => String(index));

  test("1,000 parallel calls", async () => {
    const called: string[] = [];
    const double = {
      description: "Doubles a number.",
      run: (input: unknown) => {
        called.push(String(input));
        return Number(input) * 2;
      },
    };
    const [turn, other] = [await openTurn({ tools: { double } }), await openTurn()];
    await other.run("1");
    const start = performance.now();
    const running = turn.run(`
      const results = await Promise.all(Array.from({ length: 1_000 }, (_, index) => tools.double(index)));
      text(results.every((result, index) => result === index * 2))`);
    const slowestMs = await slowestNoOp(other, running);
    const outcome = await running;
    printTime("1,000 parallel calls", performance.now() - start, 250);
    printTime("a no-op cell meanwhile", slowestMs, 100);
    expect(outcome.error).toBeUndefined();
    expect(outcome.text).toBe("true");
    expect(called).toEqual(numbers(1_000));
    expect(slowestMs).toBeLessThan(5_000);
  });

  test("10,000 notifications", async () => {
    const heard: string[] = [];
    const all = Promise.withResolvers<void>();
    const onNotify: ConnectOptions["onNotify"] = ({ text }) => {
      if (heard.push(text) === 10_000) all.resolve();
    };
    const [turn, other] = [await openTurn({ onNotify }), await openTurn()];
    await other.run("1");
    const start = performance.now();
    const running = turn.run(`for (let i = 0; i < 10_000; i++) notify(i)`);
    const slowestMs = await slowestNoOp(other, Promise.all([running, all.promise]));
    expect((await running).error).toBeUndefined();
    printTime("10,000 notifications", performance.now() - start, 500);
    printTime("a no-op cell meanwhile", slowestMs, 100);
    expect(heard).toEqual(numbers(10_000));
    expect(slowestMs).toBeLessThan(5_000);
  });

  test.for([false, true])("200,000 texts, streamed: %s", async (streamed) => {
    const [turn, other] = [await openTurn(), await openTurn()];
    await other.run("1");
    const heard: string[] = [];
    const onContent = (items: readonly { type: string; text?: string }[]) => {
      for (const { text = "" } of items) heard.push(text);
    };
    const start = performance.now();
    const running = turn.run(`for (let i = 0; i < 200_000; i++) text(i)`, streamed ? { onContent } : {});
    const slowestMs = await slowestNoOp(other, running);
    const outcome = await running;
    printTime("200,000 texts", performance.now() - start, 2_000);
    printTime("a no-op cell meanwhile", slowestMs, 100);
    expect(outcome.error).toBeUndefined();
    const texts = outcome.content.map((item) => (item.type === "text" ? item.text : ""));
    // Compared as one text each: a difference of 200,000 lines helps nobody.
    expect(texts.join() === numbers(200_000).join()).toBe(true);
    if (streamed) expect(heard.join() === texts.join()).toBe(true);
    expect(slowestMs).toBeLessThan(5_000);
  });
});
