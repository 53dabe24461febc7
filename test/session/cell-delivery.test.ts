import { describe, expect, test } from "vitest";
import { finished, result, runningCell, stopped, terminated, yielded } from "./cell-fixture.ts";

describe("C6: content is delivered once, in order", () => {
  test("C6: each answer takes what is there, and leaves nothing for the next", () => {
    const { cell, put, wait } = runningCell();
    const answers = ["a", "b"].map((text) => {
      const waiter = wait();
      put(text);
      cell.yieldNow();
      return waiter.got;
    });
    const last = wait();
    cell.ended(finished);
    expect([...answers, last.got]).toEqual([[yielded("a")], [yielded("b")], [result()]]);
  });

  test("C6: what was sent and not acknowledged is unread again, in front of what has come since", () => {
    const { cell, put, wait } = runningCell();
    const first = wait();
    put("a");
    cell.yieldNow();
    put("b");
    first.lose();
    const second = wait();
    put("c");
    cell.yieldNow();
    expect(second.got).toEqual([yielded("a", "b", "c")]);
  });

  test("C6: several answers that were lost are put back in their order", () => {
    const { cell, put, wait } = runningCell();
    const lost = ["a", "b", "c"].map((text) => {
      const waiter = wait();
      put(text);
      cell.yieldNow();
      return waiter;
    });
    for (const waiter of lost.toReversed()) waiter.lose();
    expect(wait({ yieldMs: 0 }).got).toEqual([yielded("a", "b", "c")]);
  });

  test("C6: what was acknowledged does not come back, and what followed it does", () => {
    const { cell, put, wait } = runningCell();
    const first = wait();
    put("a");
    cell.yieldNow();
    const second = wait();
    put("b");
    cell.yieldNow();
    first.acknowledge();
    second.lose();
    expect(wait({ yieldMs: 0 }).got).toEqual([yielded("b")]);
  });

  test("B5: content counts as unread until it is sent, and against the session until it is acknowledged", () => {
    const { cell, put, used, wait } = runningCell();
    put("12345");
    expect([cell.unreadBytes, used()]).toEqual([5, 5]);
    const waiter = wait({ yieldMs: 0 });
    expect([cell.unreadBytes, used()]).toEqual([0, 5]);
    waiter.acknowledge();
    expect(used()).toBe(0);
  });
});

describe("C6, C7: an outcome that was lost", () => {
  test("C7: is unread again, with its content, and another waiter takes it", () => {
    const { cell, put, told, wait } = runningCell();
    const first = wait();
    put("a");
    cell.ended(finished);
    first.lose();
    expect([cell.phase, told]).toEqual(["finished", ["answered", "unread"]]);
    const second = wait();
    expect(second.got).toEqual([result("a")]);
    second.acknowledge();
    expect(told).toEqual(["answered", "unread", "answered", "taken"]);
  });

  test("C7: comes back together with the yielded content before it", () => {
    const { cell, put, wait } = runningCell();
    const first = wait();
    put("a");
    cell.yieldNow();
    const second = wait();
    put("b");
    cell.ended(finished);
    second.lose();
    first.lose();
    expect(wait().got).toEqual([result("a", "b")]);
  });

  test("C11: of a terminated cell is terminated the second time too", () => {
    const { cell, put, terminate, wait } = runningCell();
    put("a");
    const terminator = terminate();
    cell.ended(stopped);
    terminator.lose();
    expect(wait().got).toEqual([terminated("a")]);
  });

  test("C7: of a cell that is closed meanwhile stays closed, and its bytes are given back", () => {
    const { cell, put, told, used, wait } = runningCell();
    const first = wait();
    put("abc");
    cell.yieldNow();
    const second = wait();
    put("def");
    cell.ended(finished);
    cell.close();
    second.lose();
    first.lose();
    expect([cell.phase, used(), told]).toEqual(["closed", 0, ["answered"]]);
  });

  test("C13: of a cell that is closed meanwhile is not taken by a late acknowledgement", () => {
    const { cell, put, told, used, wait } = runningCell();
    const waiter = wait();
    put("abc");
    cell.ended(finished);
    cell.close();
    waiter.acknowledge();
    expect([used(), told]).toEqual([0, ["answered"]]);
  });

  test("C7: an outcome that is dropped gives back its bytes", () => {
    const { cell, put, used } = runningCell();
    put("abc");
    cell.ended(finished);
    cell.close();
    expect(used()).toBe(0);
  });
});

describe("O3: a waiter that streams", () => {
  test("O3: gets content as it appears, and the rest with its answer", () => {
    const { cell, put, wait } = runningCell();
    put("before");
    const waiter = wait({ stream: true });
    put("a", "b");
    put("c");
    cell.content({ type: "text", text: "d" });
    cell.ended(finished);
    expect(waiter.parts).toEqual([["before"], ["a", "b"], ["c"]]);
    expect(waiter.got).toEqual([result("d")]);
  });

  test("O3: that takes nothing for a while gets what came meanwhile in one part, or with its answer", () => {
    const { cell, put, wait } = runningCell();
    const waiter = wait({ stream: true });
    put("a");
    waiter.takes = false;
    put("b");
    put("c");
    expect(waiter.parts).toEqual([["a"]]);
    waiter.takes = true;
    cell.flush();
    waiter.takes = false;
    put("d");
    cell.ended(finished);
    expect(waiter.parts).toEqual([["a"], ["b", "c"]]);
    expect(waiter.got).toEqual([result("d")]);
  });

  test("C6: that is lost puts its parts back in their order", () => {
    const { cell, put, wait } = runningCell();
    const waiter = wait({ stream: true });
    put("a");
    put("b");
    cell.ended(finished);
    waiter.lose();
    expect(wait().got).toEqual([result("a", "b")]);
  });

  test("C6: that is taken back keeps what it got, and the next gets only what follows", () => {
    const { cell, put, wait } = runningCell();
    const owner = {};
    const first = wait({ owner, id: 1, stream: true });
    put("a");
    cell.detach(owner, 1);
    put("b");
    first.acknowledge();
    expect(wait({ yieldMs: 0 }).got).toEqual([yielded("b")]);
  });

  test("C6: whose parts were acknowledged and whose answer was not has only the answer's content back", () => {
    const { cell, put, wait } = runningCell();
    const waiter = wait({ stream: true });
    put("a");
    waiter.acknowledge();
    cell.content({ type: "text", text: "b" });
    cell.ended(finished);
    waiter.lose();
    expect(wait().got).toEqual([result("b")]);
  });

  test("O3: nothing is sent where nothing came", () => {
    const { put, wait } = runningCell();
    const waiter = wait({ stream: true });
    put();
    expect(waiter.parts).toEqual([]);
  });
});
