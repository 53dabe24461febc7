import { describe, expect, test } from "vitest";
import { finished, lost, queuedCell, result, runningCell, stopped, terminated, yielded } from "./cell-fixture.ts";
import { RecordingWaiter } from "./recording-waiter.ts";

const limit = { code: "notification_limit", message: "too many wait", limit: "notificationsPerSession" } as const;

describe("C11: terminate", () => {
  test("C11: stops the isolate, and is answered only when it is really gone", () => {
    const { cell, told, terminate } = runningCell();
    const terminator = terminate();
    expect([cell.phase, cell.isLive, told, terminator.got]).toEqual(["terminating", true, ["stop"], []]);
    cell.ended(stopped);
    expect(terminator.got).toEqual([terminated()]);
  });

  test("C11: answers the terminator and the waiter, and the content that is left goes to the waiter", () => {
    const { cell, put, terminate, wait } = runningCell();
    const waiter = wait();
    put("a");
    const terminator = terminate();
    put("b");
    cell.ended(stopped);
    expect([waiter.got, terminator.got]).toEqual([[terminated("a", "b")], [terminated()]]);
  });

  test("C11: gives the content to the terminator where nobody waits", () => {
    const { cell, put, terminate } = runningCell();
    put("a");
    const terminator = terminate();
    cell.ended(stopped);
    expect(terminator.got).toEqual([terminated("a")]);
  });

  test("C11: the waiter's acknowledgement takes the outcome, the terminator's does not", () => {
    const { cell, told, terminate, wait } = runningCell();
    const waiter = wait();
    const terminator = terminate();
    cell.ended(stopped);
    terminator.acknowledge();
    expect(told).toEqual(["stop", "answered"]);
    waiter.acknowledge();
    expect(told).toEqual(["stop", "answered", "taken"]);
  });

  test("C11: gives an unread outcome instead, if the cell has finished", () => {
    const { cell, put, told, terminate } = runningCell();
    put("a");
    cell.ended(finished);
    expect(terminate().got).toEqual([result("a")]);
    expect(told).toEqual(["unread", "answered"]);
  });

  test("C11: a second one while the first is under way is refused", () => {
    const { cell, told, terminate } = runningCell();
    const first = terminate();
    const second = new RecordingWaiter();
    expect(cell.terminate(second)).toBe(false);
    expect(told).toEqual(["stop"]);
    cell.ended(stopped);
    expect([first.got, second.got]).toEqual([[terminated()], []]);
  });

  test("C11: a second one when the first's turn is over takes its place, and nothing is stopped twice", () => {
    const { cell, told, terminate } = runningCell();
    const owner = {};
    const first = terminate({ owner });
    cell.detach(owner);
    const second = terminate();
    expect(told).toEqual(["stop"]);
    cell.ended(stopped);
    expect([first.got, second.got]).toEqual([[], [terminated()]]);
  });

  test("C11: of a cell that has not started yet never lets it run", () => {
    const { cell, clock, terminate } = queuedCell();
    const terminator = terminate();
    cell.started();
    expect([cell.phase, clock.pending]).toEqual(["terminating", 0]);
    cell.ended(stopped);
    expect(terminator.got).toEqual([terminated()]);
  });

  test("C11: whose turn is over leaves the outcome unread", () => {
    const { cell, put, told, terminate, wait } = runningCell();
    const owner = {};
    put("a");
    const terminator = terminate({ owner });
    cell.detach(owner);
    cell.ended(stopped);
    expect([told, terminator.got]).toEqual([["stop", "unread"], []]);
    expect(wait().got).toEqual([terminated("a")]);
  });

  test("C11: a wait that comes meanwhile is answered with the end", () => {
    const { cell, terminate, wait } = runningCell();
    const terminator = terminate();
    const waiter = wait({ yieldMs: 10 });
    cell.ended(stopped);
    expect([waiter.got, terminator.got]).toEqual([[terminated()], [terminated()]]);
  });
});

describe("C11: terminate and another end at the same time", () => {
  test.each([
    ["the code's own end", finished],
    ["the loss of the executor (C14)", lost],
  ])("V2: after terminate, %s changes nothing: it is terminated, and the writes are discarded", (_, end) => {
    const { cell, terminate } = runningCell();
    const terminator = terminate();
    expect(cell.discardsWrites).toBe(true);
    cell.ended(end);
    expect([terminator.got, cell.ok]).toEqual([[terminated()], false]);
  });

  test("C15: after terminate no timer yields, and none ends the cell with a limit", () => {
    const { cell, clock, terminate, wait } = runningCell({ maxWallMs: 500 });
    const waiter = wait({ yieldMs: 100 });
    terminate();
    clock.advance(1_000);
    expect([cell.phase, waiter.got]).toEqual(["terminating", []]);
    cell.ended(stopped);
    expect(waiter.got).toEqual([terminated()]);
  });

  test("C15: a wait that comes during a termination sets no yield timer", () => {
    const { cell, clock, terminate, wait } = runningCell();
    terminate();
    const waiter = wait({ yieldMs: 10 });
    clock.advance(1_000);
    expect(waiter.got).toEqual([]);
    cell.ended(stopped);
    expect(waiter.got).toEqual([terminated()]);
  });

  test("C10: the waiter may still ask for less while the isolate is on its way out", () => {
    const { cell, put, terminate, wait } = runningCell();
    const waiter = wait();
    put("a");
    const terminator = terminate();
    cell.yieldNow();
    cell.ended(stopped);
    expect([waiter.got, terminator.got]).toEqual([[yielded("a")], [terminated()]]);
  });

  test("V2: a limit that comes after terminate changes nothing", () => {
    const { cell, told, terminate } = runningCell();
    const terminator = terminate();
    cell.exceed(limit);
    expect([cell.discardsWrites, told]).toEqual([true, ["stop"]]);
    cell.ended(stopped);
    expect(terminator.got).toEqual([terminated()]);
  });

  test("V2: a terminate that comes after a limit gets the limit's result, and the writes are kept", () => {
    const { cell, terminate } = runningCell();
    cell.exceed(limit);
    const terminator = terminate();
    expect(cell.discardsWrites).toBe(false);
    expect(cell.terminate(new RecordingWaiter())).toBe(false);
    cell.ended(stopped);
    expect(terminator.got).toEqual([{ ...result(), error: limit }]);
  });

  test("T10: a limit stops the cell once, and its error is the outcome", () => {
    const { cell, told, wait } = runningCell();
    const waiter = wait();
    cell.exceed(limit);
    cell.exceed({ ...limit, message: "another" });
    cell.ended(stopped);
    expect(told).toEqual(["stop", "answered"]);
    expect(waiter.got).toEqual([{ ...result(), error: limit }]);
  });
});
