import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Culprits } from "../../src/executor/culprits.ts";
import type { CellListener, CellStart, RunningCell } from "../../src/executor/executor.ts";
import { OwnExecutors } from "../../src/executor/own-executors.ts";
import { CellRecord } from "./cell-record.ts";

/** A process whose cells end when the test says so. */
class FakeProcess {
  readonly mayBeSpare: boolean;
  readonly cells: string[] = [];
  killed: string | undefined;

  constructor(mayBeSpare: boolean) {
    this.mayBeSpare = mayBeSpare;
  }

  get load(): number {
    return this.cells.length;
  }

  start({ cellId }: CellStart, listener: CellListener): RunningCell {
    this.cells.push(cellId);
    return { answer() {}, terminate: () => listener([{ type: "ended", end: { how: "terminated" } }]) };
  }

  kill(reason: string): void {
    this.killed = reason;
  }
}

describe("processes of one session each", () => {
  let culprits: Culprits;
  let own: OwnExecutors;
  let processes: FakeProcess[];
  let canStart: boolean;
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
    culprits = new Culprits();
    processes = [];
    canStart = true;
    own = new OwnExecutors({
      max: 2,
      culprits,
      take(maySpare) {
        if (!canStart) return undefined;
        processes.push(new FakeProcess(maySpare));
        return processes.at(-1);
      },
    });
  });
  afterEach(() => {
    own.close();
    vi.useRealTimers();
  });

  function start(cellId: string, sessionId = cellId.slice(0, 1)): CellRecord {
    const record = new CellRecord();
    const cell = { cellId, sessionId, source: "", tools: [], storedValues: new Map() };
    record.running = own.start(cell, (events) => record.hear(events));
    return record;
  }
  function end(process: FakeProcess): void {
    process.cells.length = 0;
    own.idle(process);
  }
  /** The process dies by itself. */
  function lose(process: FakeProcess): void {
    own.delete(process);
    own.pump();
  }
  const cells = () => processes.map(({ cells }) => cells.join(" "));

  test("each session has its own, which takes all its cells", () => {
    for (const cellId of ["a1", "b1", "a2", "b2"]) start(cellId);
    expect(cells()).toEqual(["a1 a2", "b1 b2"]);
    expect(processes.map((process) => own.ownerOf(process))).toEqual(["a", "b"]);
  });

  test("past the bound cells wait in the order in which they came, with their session's others, until one is gone", () => {
    for (const cellId of ["a1", "b1", "c1", "d1", "c2"]) start(cellId);
    expect(cells()).toEqual(["a1", "b1"]);
    lose(processes[1]!);
    expect(cells()).toEqual(["a1", "b1", "c1 c2"]);
    lose(processes[0]!);
    expect(cells()).toEqual(["a1", "b1", "c1 c2", "d1"]);
  });

  test("one without cells is ended when another session needs the room, the one that is idle for longest first", () => {
    for (const cellId of ["a1", "b1"]) start(cellId);
    end(processes[1]!);
    vi.advanceTimersByTime(1);
    end(processes[0]!);
    start("c1");
    expect(processes.map(({ killed }) => killed)).toEqual([undefined, "unneeded", undefined]);
    start("d1");
    start("e1");
    expect(processes.map(({ killed }) => killed)).toEqual(["unneeded", "unneeded", undefined, undefined]);
    end(processes[3]!);
    expect(cells()).toEqual(["", "", "c1", "", "e1"]);
  });

  test("one without cells is kept for its session for 30 s", () => {
    start("a1");
    end(processes[0]!);
    vi.advanceTimersByTime(29_999);
    own.endIdle();
    start("a2");
    expect(cells()).toEqual(["a2"]);
    end(processes[0]!);
    vi.advanceTimersByTime(30_000);
    own.endIdle();
    expect(processes[0]?.killed).toBe("unneeded");
    start("a3");
    expect(cells()).toEqual(["", "a3"]);
  });

  test("a cell that waits is terminated at once, after `terminate` has returned, and never starts", async () => {
    for (const cellId of ["a1", "b1"]) start(cellId);
    const [waiting, next] = [start("c1"), start("c2")];
    waiting.running?.answer(1, { ok: true });
    waiting.running?.terminate();
    waiting.running?.terminate();
    expect(waiting.events).toEqual([]);
    expect(await waiting.ended).toEqual({ how: "terminated" });
    lose(processes[0]!);
    expect(cells()).toEqual(["a1", "b1", "c2"]);
    expect(waiting.events).toHaveLength(1);
    next.running?.terminate();
    expect(await next.ended).toEqual({ how: "terminated" });
  });

  test("B6: a culprit does not get the spare, and after a further death its cells wait for 100 ms, then 200", () => {
    start("b1");
    culprits.blame(["a"]);
    start("a1");
    expect(processes.map(({ mayBeSpare }) => mayBeSpare)).toEqual([true, false]);
    for (const waitMs of [100, 200]) {
      const count = processes.length;
      culprits.blame(["a"]);
      lose(processes.at(-1)!);
      start("a2");
      vi.advanceTimersByTime(waitMs - 1);
      expect(processes).toHaveLength(count);
      vi.advanceTimersByTime(1);
      expect(cells().slice(count)).toEqual(["a2"]);
    }
  });

  test("B6: a culprit that has to wait keeps nobody else from starting", () => {
    for (let death = 0; death < 3; death++) culprits.blame(["a"]);
    for (const cellId of ["a1", "b1"]) start(cellId);
    expect(cells()).toEqual(["b1"]);
    vi.advanceTimersByTime(200);
    expect(cells()).toEqual(["b1", "a1"]);
  });

  test("cells wait while no process can be started", () => {
    canStart = false;
    start("a1");
    canStart = true;
    own.pump();
    expect(cells()).toEqual(["a1"]);
  });

  test("one that drains takes no more cells and ends with its last; its session has another meanwhile", () => {
    start("a1");
    own.drain(processes[0]!);
    expect(own.roleOf(processes[0]!)).toBe("draining");
    start("a2");
    expect(cells()).toEqual(["a1", "a2"]);
    // A session has no second one that drains.
    own.drain(processes[1]!);
    expect(own.roleOf(processes[1]!)).toBe("own");
    end(processes[0]!);
    expect(processes[0]?.killed).toBe("recycled");
    expect(own.ownerOf(processes[0]!)).toBeUndefined();
  });

  test("one without cells drains by ending, and one goes on where there is no room for another", () => {
    for (const cellId of ["a1", "b1"]) start(cellId);
    own.drain(processes[0]!);
    expect(own.roleOf(processes[0]!)).toBe("own");
    end(processes[0]!);
    own.drain(processes[0]!);
    expect(processes[0]?.killed).toBe("recycled");
  });

  test("closing ends the cells that wait with executor_lost", async () => {
    for (const cellId of ["a1", "b1"]) start(cellId);
    const waiting = start("c1");
    own.close();
    const error = { code: "executor_lost", message: "exec runtime could not be started" };
    expect(await waiting.ended).toEqual({ how: "failed", error });
  });
});
