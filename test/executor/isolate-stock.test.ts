import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { IsolateStock } from "../../src/executor/isolate-stock.ts";
import type { PreparedIsolate } from "../../src/executor/prepared-isolate.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const user = { hear: () => false, catastrophe: () => {} };

/** Takes an isolate, as a cell does that runs nothing. */
function take(stock: IsolateStock, sessionId: string): PreparedIsolate {
  const isolate = stock.take(sessionId);
  isolate.serve(user);
  return isolate;
}

test("a session gets the isolate back that served it, with another context", () => {
  const stock = new IsolateStock(defaultLimits, true);
  const isolate = take(stock, "a");
  const { context } = isolate;
  stock.giveBack(isolate, "a");
  expect(take(stock, "a")).toBe(isolate);
  expect(isolate.context).not.toBe(context);
});

test("a session that goes on at once finds a context ready; one is made at a time", async () => {
  const stock = new IsolateStock(defaultLimits, true);
  const [first, second] = [take(stock, "a"), take(stock, "a")];
  stock.giveBack(first, "a");
  stock.giveBack(second, "a");
  vi.advanceTimersByTime(0);
  expect([first.phase, second.phase]).toEqual(["used", "renewing"]);
  // The one that is being renewed cannot serve.
  expect(take(stock, "a")).toBe(first);
  expect([first, second]).not.toContain(take(stock, "a"));
  vi.useRealTimers();
  await vi.waitFor(() => expect(second.phase).toBe("prepared"));
  stock.giveBack(first, "a");
  expect(take(stock, "a")).toBe(second);
  expect(take(stock, "a")).toBe(first);
});

test("while its own has no context ready, a session gets a fresh isolate", () => {
  const stock = new IsolateStock(defaultLimits, true);
  const isolate = take(stock, "a");
  vi.advanceTimersByTime(2);
  stock.giveBack(isolate, "a");
  const second = take(stock, "a");
  expect(second).not.toBe(isolate);
  // There was one fresh one, and the next is made when it has been quiet.
  expect(take(stock, "a")).toBe(isolate);
  expect([second.phase, isolate.phase]).toEqual(["prepared", "prepared"]);
});

test("where cells follow each other without a pause, its own is renewed before a fresh one is taken", () => {
  const stock = new IsolateStock(defaultLimits, true);
  vi.advanceTimersByTime(20);
  const isolates = Array.from({ length: 4 }, () => take(stock, "a"));
  const own = isolates.slice(-3);
  for (const isolate of own) stock.giveBack(isolate, "a");
  const later = Array.from({ length: 4 }, () => own.includes(take(stock, "a")));
  expect(later).toEqual([true, true, true, false]);
});

test("one context is made after the other, until all are ready", async () => {
  const stock = new IsolateStock(defaultLimits, true);
  const isolates = Array.from({ length: 3 }, () => {
    vi.advanceTimersByTime(1);
    return take(stock, "a");
  });
  for (const isolate of isolates) stock.giveBack(isolate, "a");
  vi.advanceTimersByTime(0);
  vi.useRealTimers();
  await vi.waitFor(() => expect(isolates.map(({ phase }) => phase)).toEqual(["prepared", "prepared", "prepared"]));
});

test("where cells follow each other without a pause, a context is made at once, and one in a turn", async () => {
  const stock = new IsolateStock(defaultLimits, true);
  const [first, second] = Array.from({ length: 10 }, () => take(stock, "a"));
  if (!first || !second) throw new Error("expected two isolates");
  stock.giveBack(first, "a");
  stock.giveBack(second, "a");
  vi.advanceTimersToNextTimer();
  expect([first.phase, second.phase]).toEqual(["used", "prepared"]);
  await vi.waitFor(() => expect(first.phase).toBe("prepared"));
});

test.each([
  [0, "renewing"],
  [1, "prepared"],
])("after cells with pauses of 1.5 ms, beside %i others, a context is %s at once", (others, phase) => {
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  onTestFinished(() => void vi.restoreAllMocks());
  const stock = new IsolateStock(defaultLimits, true);
  for (let other = 0; other < others; other++) take(stock, "b");
  const isolates = Array.from({ length: 10 }, () => {
    now += 1.5;
    const isolate = take(stock, "a");
    stock.giveBack(isolate, "a");
    return isolate;
  });
  vi.advanceTimersToNextTimer();
  expect(isolates.at(-1)?.phase).toBe(phase);
});

test("an isolate without room for another context is thrown away, and its session gets another", () => {
  const stock = new IsolateStock(defaultLimits, true);
  const isolate = take(stock, "a");
  stock.giveBack(isolate, "a");
  isolate.isolate.dispose();
  expect(take(stock, "a").phase).toBe("prepared");
  expect(isolate.phase).toBe("used");
});

test("no session gets an isolate that served another", () => {
  const stock = new IsolateStock(defaultLimits, true);
  const isolate = take(stock, "a");
  stock.giveBack(isolate, "a");
  vi.advanceTimersByTime(10);
  for (let cell = 0; cell < 40; cell++) expect(take(stock, "b")).not.toBe(isolate);
});

test("an isolate does not serve two live cells", () => {
  const stock = new IsolateStock(defaultLimits, true);
  const isolate = take(stock, "a");
  expect(take(stock, "a")).not.toBe(isolate);
});

test("without reuse no isolate serves twice", () => {
  const stock = new IsolateStock(defaultLimits, false);
  const isolate = take(stock, "a");
  stock.giveBack(isolate, "a");
  vi.advanceTimersByTime(10);
  expect(take(stock, "a")).not.toBe(isolate);
  expect(isolate.isolate.isDisposed).toBe(true);
});

test("an isolate serves a bounded number of cells, for each leaves something behind", () => {
  const stock = new IsolateStock(defaultLimits, true);
  const isolate = take(stock, "a");
  let cells = 1;
  stock.giveBack(isolate, "a");
  while (cells < 100 && take(stock, "a") === isolate) {
    stock.giveBack(isolate, "a");
    cells += 1;
  }
  console.log(`an isolate served ${cells} cells`);
  expect(cells).toBeGreaterThan(3);
  expect(cells).toBeLessThan(100);
});

test("an isolate with more than 12 MiB in its heap is thrown away", () => {
  const stock = new IsolateStock(defaultLimits, true);
  const isolate = take(stock, "a");
  isolate.context.evalSync("globalThis.kept = Array.from({ length: 3e6 }, (_, index) => index)");
  stock.giveBack(isolate, "a");
  vi.advanceTimersByTime(10);
  expect(isolate.isolate.isDisposed).toBe(true);
});

test("isolates are made ahead when it is quiet, and those of a session that stays away are thrown away", () => {
  const stock = new IsolateStock(defaultLimits, true);
  const isolate = take(stock, "a");
  stock.giveBack(isolate, "a");
  vi.advanceTimersByTime(29_000);
  expect(isolate.isolate.isDisposed).toBe(false);
  vi.advanceTimersByTime(2_000);
  expect(isolate.isolate.isDisposed).toBe(true);
});
