import { describe, expect, test } from "vitest";
import { sharedGateway } from "../support/running-gateway.ts";
import { CellTurn, printTime, textsOf } from "./cell-turn.ts";

/** A host that is behind a flood of notifications for a moment does not end its cell here by that limit. */
const gateway = sharedGateway({ limits: { notificationsPerSession: 1_000_000 } });

/** Cells that put out as much as they can and never stop. */
const floods = [
  ["of short texts", `for (;;) text("x")`],
  ["of long texts", `const long = "x".repeat(10_000); for (;;) text(long)`],
  ["with pauses", `for (;;) { for (let i = 0; i < 100; i++) text("x"); await null; }`],
  ["of writes", `for (let i = 0; ; i++) store("k", i)`],
  ["of yields", `for (;;) yield_control()`],
  ["of timers", `for (;;) clearTimeout(setTimeout(() => {}, 1_000))`],
] as const;

describe("C15: what comes first", () => {
  test.for(floods)("a flood %s does not delay terminate", async ([name, source]) => {
    const turn = await CellTurn.open(gateway());
    const cell = await turn.startAndHold(`tools.hold(); ${source}`, { yieldMs: 0 });
    // The flood is under way for a while.
    const wait = turn.wait(cell.cellId, { yieldMs: 100 });
    await turn.next("yielded", { id: wait });
    const pids = gateway().executorPids();
    const start = performance.now();
    const id = turn.terminate(cell.cellId);
    await turn.next("terminated", { id });
    const ms = performance.now() - start;
    expect(gateway().executorPids()).toEqual(pids);
    printTime(`C15: terminate under a flood ${name}`, ms, 250);
    expect(ms).toBeLessThan(5 * 250);
  });

  test.for(floods)("a flood %s does not delay the yield deadline", async ([name, source]) => {
    const turn = await CellTurn.open(gateway());
    const cell = await turn.startAndHold(`tools.hold(); ${source}`, { yieldMs: 0 });
    // A flood of yields answers sooner, which is its right.
    const start = performance.now();
    const wait = turn.wait(cell.cellId, { yieldMs: 200 });
    await turn.next("yielded", { id: wait });
    const ms = performance.now() - start;
    printTime(`C15: a yield time of 200 ms under a flood ${name}`, ms, 250);
    expect(ms).toBeLessThan(5 * 250);
    const id = turn.terminate(cell.cellId);
    await turn.next("terminated", { id });
  });

  test("a yield frame is served under a flood", async () => {
    const turn = await CellTurn.open(gateway());
    const cell = await turn.startAndHold(`tools.hold(); ${floods[0][1]}`);
    const start = performance.now();
    turn.raw.send({ type: "yield", id: cell.id });
    const yielded = await turn.next("yielded", { id: cell.id });
    printTime("C15: a yield frame under a flood", performance.now() - start, 250);
    expect(new Set(["x", ...textsOf(yielded.content)])).toEqual(new Set(["x"]));
    const id = turn.terminate(cell.cellId);
    await turn.next("terminated", { id });
  });

  test("a flood of notifications to a host that reads delays neither", async () => {
    const turn = await CellTurn.open(gateway());
    const cell = await turn.startAndHold(`tools.hold(); for (;;) notify("n")`, { yieldMs: 200 });
    const start = performance.now();
    await turn.next("yielded", { id: cell.id });
    const middle = performance.now();
    const pids = gateway().executorPids();
    const id = turn.terminate(cell.cellId);
    await turn.next("terminated", { id });
    expect(gateway().executorPids()).toEqual(pids);
    printTime("C15: a yield time of 200 ms under a flood of notifications", middle - start, 250);
    printTime("C15: terminate under a flood of notifications", performance.now() - middle, 250);
    expect(performance.now() - start).toBeLessThan(10 * 250);
  });

  test("ten floods at once delay neither the end of each of them nor another session's cell", async () => {
    const [turn, other] = [await CellTurn.open(gateway()), await CellTurn.open(gateway())];
    const pids = gateway().executorPids();
    const cells = [];
    for (const [, source] of floods.slice(0, 2)) {
      for (let count = 0; count < 5; count++)
        cells.push(await turn.startAndHold(`tools.hold(); ${source}`, { yieldMs: 0 }));
    }
    const start = performance.now();
    expect((await other.run("1")).error).toBeUndefined();
    printTime("C15: a no-op cell under ten floods", performance.now() - start, 100);
    let slowest = 0;
    for (const { cellId } of cells) {
      const asked = performance.now();
      const id = turn.terminate(cellId);
      turn.raw.ack((await turn.next("terminated", { id })).seq);
      slowest = Math.max(slowest, performance.now() - asked);
    }
    printTime("C15: the slowest terminate under ten floods", slowest, 250);
    expect(performance.now() - start).toBeLessThan(11 * 5 * 250);
    expect(gateway().executorPids()).toEqual(pids);
  });
});
