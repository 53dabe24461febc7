import { describe, expect, test } from "vitest";
import { ByteBudget } from "../../src/session/byte-budget.ts";
import { Cell } from "../../src/session/cell.ts";
import { Cells } from "../../src/session/cells.ts";
import { Output } from "../../src/session/output.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { finished } from "./cell-fixture.ts";
import { RecordingWaiter } from "./recording-waiter.ts";

/** Cells of a session that keeps three unread outcomes for a second each, and remembers two closed cells. */
function setUp() {
  const clock = new FakeClock();
  const told: string[] = [];
  const cells = new Cells({ outcomesPerSession: 3, outcomeTtlMs: 1_000, closedCells: 2 }, clock, {
    unread: ({ cellId }) => told.push(`unread ${cellId}`),
    closed: ({ cellId }, reason) => told.push(`closed ${cellId} ${reason}`),
  });
  const add = (cellId: string) => {
    const cell = new Cell({
      cellId,
      maxWallMs: 1_000_000,
      clock,
      output: new Output({ unreadBytes: 100, unreadItems: 100 }, new ByteBudget(100)),
      onUnread: (unread) => cells.keep(unread),
      onAnswered: (answered) => cells.answered(answered),
      onTaken: (taken) => cells.close(taken, "taken"),
    });
    cells.add(cell);
    cell.started();
    return cell;
  };
  const end = (cellId: string) => add(cellId).ended(finished);
  const take = (cellId: string) => {
    const waiter = new RecordingWaiter();
    cells.find(cellId)?.attach(waiter);
    return waiter;
  };
  return { cells, clock, told, add, end, take };
}

describe("a cell can be asked for", () => {
  test("while it lives, and until its outcome is sent", () => {
    const { cells, add, end, take } = setUp();
    const live = add("live");
    end("finished");
    end("answered");
    take("answered");
    expect(cells.find("live")).toBe(live);
    expect(cells.find("finished")?.phase).toBe("finished");
    expect(cells.find("answered")).toBeUndefined();
    expect(cells.present().map(({ cellId }) => cellId)).toEqual(["live", "finished"]);
    expect(cells.live()).toEqual([live]);
    expect(cells.all().length).toBe(3);
  });
});

describe("C7: an unread outcome", () => {
  test("C7: is kept for its time, then dropped", () => {
    const { cells, clock, told, end } = setUp();
    end("a");
    clock.advance(999);
    expect(cells.find("a")).toBeDefined();
    clock.advance(1);
    expect(cells.find("a")).toBeUndefined();
    expect(told).toEqual(["unread a", "closed a expired"]);
  });

  test("C7: past the bound the oldest is dropped", () => {
    const { told, end } = setUp();
    for (const cellId of ["a", "b", "c", "d"]) end(cellId);
    expect(told.slice(3)).toEqual(["unread d", "closed a expired"]);
  });

  test("C6, C7: past the bound the cell that ended first is dropped, in whichever order outcomes were lost", () => {
    const { cells, told, end, take } = setUp();
    const waiters = ["a", "b", "c", "d", "e"].map((cellId) => {
      end(cellId);
      return take(cellId);
    });
    // As when a turn is over.
    for (const waiter of waiters.toReversed()) waiter.lose();
    expect(cells.present().map(({ cellId }) => cellId)).toEqual(["c", "d", "e"]);
    end("f");
    expect(told.filter((line) => line.startsWith("closed"))).toEqual([
      "closed b expired",
      "closed a expired",
      "closed c expired",
    ]);
  });

  test("C7: live cells and sent outcomes do not count against the bound", () => {
    const { told, add, end, take } = setUp();
    add("live");
    end("answered");
    take("answered");
    for (const cellId of ["a", "b", "c"]) end(cellId);
    expect(told.filter((line) => line.startsWith("closed"))).toEqual([]);
  });

  test("C7: does not expire while its answer is on its way", () => {
    const { clock, told, end, take } = setUp();
    end("a");
    const waiter = take("a");
    clock.advance(10_000);
    expect(told).toEqual(["unread a"]);
    waiter.acknowledge();
    expect(told).toEqual(["unread a", "closed a taken"]);
    expect(clock.pending).toBe(0);
  });

  test("C6, C7: that was lost is kept again, for its full time", () => {
    const { clock, told, end, take } = setUp();
    end("a");
    const waiter = take("a");
    clock.advance(600);
    end("b");
    waiter.lose();
    expect(told.at(-1)).toBe("unread a");
    clock.advance(999);
    expect(told.length).toBe(3);
    clock.advance(1);
    expect(told.slice(3)).toEqual(["closed b expired", "closed a expired"]);
  });

  test("C6, C7: that is lost twice expires once", () => {
    const { cells, clock, told, end, take } = setUp();
    end("a");
    take("a").lose();
    clock.advance(600);
    take("a").lose();
    clock.advance(600);
    expect(cells.find("a")).toBeDefined();
    clock.advance(400);
    expect(told).toEqual(["unread a", "unread a", "unread a", "closed a expired"]);
  });
});

describe("C8: a cell that cannot be asked for", () => {
  test.each([
    ["a", "already_taken", "was taken"],
    ["b", "already_taken", "was sent and is not acknowledged yet"],
    ["c", "expired", "expired"],
    ["d", "unknown", "was never there"],
  ])("C8: %s is %s: its outcome %s", (cellId, reason) => {
    const { cells, clock, end, take } = setUp();
    for (const ended of ["a", "b", "c"]) end(ended);
    take("a").acknowledge();
    take("b");
    clock.advance(1_000);
    expect(cells.notFound(cellId)).toEqual({
      code: "cell_not_found",
      message: `exec cell ${cellId} not found`,
      reason,
    });
  });

  test("C8: only so many closed cells are remembered", () => {
    const { cells, end, take } = setUp();
    for (const cellId of ["a", "b", "c"]) {
      end(cellId);
      take(cellId).acknowledge();
    }
    expect(["a", "b", "c"].map((cellId) => cells.notFound(cellId).reason)).toEqual([
      "unknown",
      "already_taken",
      "already_taken",
    ]);
  });
});

describe("C13: the end of the session", () => {
  test("C13: closes every cell once, whatever becomes of answers that are on their way", () => {
    const { cells, clock, told, end, take } = setUp();
    end("unread");
    end("acknowledged late");
    end("lost late");
    const [first, second] = [take("acknowledged late"), take("lost late")];
    told.length = 0;
    cells.closeAll("session_ended");
    first.acknowledge();
    second.lose();
    clock.advance(10_000);
    expect(told).toEqual([
      "closed unread session_ended",
      "closed acknowledged late session_ended",
      "closed lost late session_ended",
    ]);
    expect(cells.all()).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
