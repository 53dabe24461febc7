import { describe, expect, test } from "vitest";
import { openSession } from "./session-fixture.ts";

describe("C11: a cell that is ended by somebody who leaves its outcome to the host", () => {
  test("C11: has its outcome unread, and its end is told when its isolate is gone", () => {
    const { attach, run, session, wait } = openSession();
    const host = attach();
    const cell = run();
    const told: string[] = [];
    expect(session.kill(cell.cellId, () => told.push("gone"))).toBe(true);
    expect([cell.terminations, told]).toEqual([1, []]);
    cell.end({ how: "terminated" });
    expect(told).toEqual(["gone"]);
    expect(host.log).toContain(`finished ${cell.cellId} not ok`);
    expect(wait(cell).got).toMatchObject([{ kind: "terminated" }]);
  });

  test("C11: answers whoever waits for it", () => {
    const { run, session, wait } = openSession();
    const cell = run();
    const waiter = wait(cell);
    session.kill(cell.cellId, () => {});
    cell.end({ how: "terminated" });
    expect(waiter.got).toMatchObject([{ kind: "terminated" }]);
  });

  test("C11: keeps the outcome that it had, with the writes of its own end", () => {
    const { run, session, wait } = openSession();
    const cell = run();
    cell.write("k", 1);
    cell.end();
    const told: string[] = [];
    session.kill(cell.cellId, () => told.push("gone"));
    expect([told, session.storedValues()]).toEqual([["gone"], { k: 1 }]);
    expect(wait(cell).got).toMatchObject([{ kind: "result" }]);
  });

  test("C11: may hit a limit on its way out, and is gone all the same", () => {
    const { clock, run, session, wait } = openSession({ maxWallMs: 10 });
    const cell = run();
    clock.advance(10);
    const told: string[] = [];
    session.kill(cell.cellId, () => told.push("gone"));
    cell.end({ how: "terminated" });
    expect([cell.terminations, told]).toEqual([1, ["gone"]]);
    expect(wait(cell).got).toMatchObject([{ kind: "result", error: { code: "wall_limit" } }]);
  });

  test("C8: is none once its outcome was taken", () => {
    const { run, session, wait } = openSession();
    const cell = run();
    cell.end();
    wait(cell);
    expect(session.kill(cell.cellId, () => {})).toBe(false);
    expect(session.kill("c", () => {})).toBe(false);
  });
});
