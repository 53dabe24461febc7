import { afterEach, describe, expect, test, vi } from "vitest";
import { Fleet } from "../../client/load/fleet.ts";
import { emptyLedger } from "../../client/load/ledger.ts";
import type { Target } from "../../client/load/load-socket.ts";
import type { Scenario, Step } from "../../client/load/scenario.ts";
import type { WorkerTask, WorkerTotals } from "../../client/load/worker-messages.ts";
import { type GatewayEnd, scriptedGateway } from "./scripted-gateway.ts";

/** A fleet whose sockets do these steps, as many flows as there are sockets. */
function fleetOf(target: Target, steps: Step[], { sockets = 1, timeoutMs = 20_000, once = false } = {}): Fleet {
  const scenario: Scenario = { name: "x", about: "", flows: [{ steps }], once };
  const pace = { worker: 0, workers: 1, concurrency: sockets, warmUpMs: 0, durationMs: 0, count: sockets };
  const shape = { seed: "x", firstSocket: 0, sockets, rampMs: 0, timeoutMs, speed: 1, records: false };
  const task: WorkerTask = { scenario: "x", target, ...shape, pace };
  const fleet: Fleet = new Fleet({ scenario }, task, () => fleet.met());
  return fleet;
}

const execute: Step = { do: "execute", source: "1" };

/** Runs all flows, and ends all sessions. */
async function run(fleet: Fleet): Promise<WorkerTotals> {
  const flows = await fleet.run(performance.now());
  return { flows, ...(await fleet.end()) };
}

function answerCell(id: number, end: GatewayEnd): void {
  end.say({ type: "result", id, cellId: "c", content: [] });
}

test("where one socket of a scenario that each does once cannot connect, no other does it twice", async () => {
  const target = await scriptedGateway((frame, end) => {
    if (frame.type === "hello") {
      if (end.index === 0) end.welcome();
      else end.socket.close(4403);
    } else if (frame.type === "execute") answerCell(frame.id, end);
    else if (frame.type === "end_session") end.say({ type: "ok", id: frame.id });
  });
  const fleet = fleetOf(target, [{ do: "meet" }, execute], { sockets: 2, once: true });
  expect(await fleet.connect()).toBe(1);
  const { flows, ledger } = await run(fleet);
  expect(flows).toEqual({ begun: 1, notBegun: 0, notEnded: 0 });
  expect(ledger).toEqual({ ...emptyLedger(), asked: 2, answered: 2 });
});

describe("what is pending when the load ends is unanswered", () => {
  // The request has less time than it might have taken, as it was asked some time after the last flow had begun.
  const late = { steps: [{ do: "think", ms: 50 }, execute] satisfies Step[], options: { timeoutMs: 80 } };

  afterEach(() => {
    vi.useRealTimers();
  });

  test("though its waiter is told of the end of the session", async () => {
    const waiting: number[] = [];
    const target = await scriptedGateway((frame, end) => {
      if (frame.type === "hello") end.welcome();
      else if (frame.type === "execute") waiting.push(frame.id);
      else if (frame.type === "end_session") {
        for (const id of waiting) end.say({ type: "terminated", id, cellId: "c", content: [] });
        end.say({ type: "ok", id: frame.id });
      }
    });
    const fleet = fleetOf(target, late.steps, late.options);
    await fleet.connect();
    const { flows, ledger } = await run(fleet);
    expect(flows.notEnded).toBe(1);
    expect(ledger).toEqual({ ...emptyLedger(), asked: 2, answered: 1, unanswered: 1 });
    expect(fleet.take(false).samples.errors).toEqual({
      unanswered: { count: 1, message: expect.stringContaining("expected an answer before the load ended, got none") },
    });
  });

  test("on a turn that was lost", async () => {
    const target = await scriptedGateway((frame, end) => {
      if (frame.type === "hello" && frame.turn === undefined) end.welcome();
      else end.socket.terminate();
    });
    const fleet = fleetOf(target, late.steps, late.options);
    await fleet.connect();
    const { ledger } = await run(fleet);
    expect(ledger).toEqual({ ...emptyLedger(), asked: 1, unanswered: 1 });
  });

  test("where it is the end of a session, which is waited for for 10 s", async () => {
    const heard = Promise.withResolvers<void>();
    const target = await scriptedGateway((frame, end) => {
      if (frame.type === "hello") end.welcome();
      else if (frame.type === "execute") answerCell(frame.id, end);
      else if (frame.type === "end_session") heard.resolve();
    });
    const fleet = fleetOf(target, [execute]);
    await fleet.connect();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const totals = run(fleet);
    await heard.promise;
    vi.advanceTimersByTime(10_000);
    expect((await totals).ledger).toEqual({ ...emptyLedger(), asked: 2, answered: 1, unanswered: 1 });
    expect(Object.keys(fleet.take(false).samples.errors)).toEqual(["session not ended: unanswered"]);
  });
});

test("a session whose socket is lost before its end is confirmed is an error, and is not waited for", async () => {
  const target = await scriptedGateway((frame, end) => {
    if (frame.type === "hello") end.welcome();
    else if (frame.type === "execute") answerCell(frame.id, end);
    else if (frame.type === "end_session") end.socket.terminate();
  });
  const fleet = fleetOf(target, [execute]);
  await fleet.connect();
  const startedAt = performance.now();
  expect((await run(fleet)).ledger).toEqual({ ...emptyLedger(), asked: 2, answered: 1, failed: 1 });
  expect(performance.now() - startedAt).toBeLessThan(9_000);
  expect(Object.keys(fleet.take(false).samples.errors)).toEqual(["session not ended: 1006 connection_lost"]);
});

test("a turn that is closed while its lost socket is replaced stays closed, and the next one is new", async () => {
  const hellos: object[] = [];
  const closes: number[] = [];
  const target = await scriptedGateway((frame, end) => {
    if (frame.type === "hello") {
      const { turn } = frame;
      hellos.push({ index: end.index, turn });
      end.socket.on("close", (code) => closes.push(code));
      // The client closes its turn meanwhile.
      if (turn === undefined) end.welcome();
      else setTimeout(() => end.welcome(), 200);
    } else if (frame.type === "execute") {
      answerCell(frame.id, end);
      if (end.index === 0) end.socket.close(1012);
    } else if (frame.type === "end_session") end.say({ type: "ok", id: frame.id });
  });
  const steps: Step[] = [execute, { do: "think", ms: 150 }, { do: "close" }, { do: "resume" }, execute];
  const fleet = fleetOf(target, steps);
  await fleet.connect();
  const { flows, ledger } = await run(fleet);
  expect(flows).toEqual({ begun: 1, notBegun: 0, notEnded: 0 });
  expect(ledger).toEqual({ ...emptyLedger(), asked: 3, answered: 3 });
  expect(hellos).toEqual([
    { index: 0, turn: undefined },
    { index: 1, turn: expect.any(Number) as number },
    { index: 2, turn: undefined },
  ]);
  await expect.poll(() => closes).toEqual([1012, 1000, 1000]);
});
