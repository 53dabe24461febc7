import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { closureError, closureOf } from "../../client/closure.ts";
import { ConnectionError, SessionLostError, UnsentError } from "../../client/errors.ts";
import { ResumingTurn } from "./resuming-turn.ts";

let fixture: ResumingTurn;

beforeEach(() => {
  vi.useFakeTimers();
  fixture = new ResumingTurn();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("while there is no connection", () => {
  test("requests wait for one, and are sent in order", async () => {
    await fixture.cut();
    const cells = fixture.turn.listCells();
    const outcome = fixture.turn.execute("1");
    const pong = fixture.turn.ping();
    expect(fixture.gateway.sent).toEqual([]);
    fixture.resume();
    expect(fixture.gateway.sent).toEqual([
      { type: "list_cells", id: 1 },
      { type: "execute", id: 2, source: "1" },
      { type: "ping" },
    ]);
    fixture.gateway.say({ type: "cells", id: 1, cells: [] });
    fixture.gateway.say({ type: "result", id: 2, cellId: "c", content: [] });
    fixture.gateway.deliver({ type: "pong", received: 3 });
    await Promise.all([cells, outcome, pong]);
  });

  test("a request over a limit is refused at once", async () => {
    await fixture.cut();
    await expect(fixture.turn.execute("1", { toolCallId: "x".repeat(5e6) })).rejects.toMatchObject({
      name: "UnsentError",
      code: "bad_frame",
    });
    fixture.resume();
    expect(fixture.gateway.sent).toEqual([]);
  });

  test("requests past maxQueuedBytes are refused, until what waited was sent", async () => {
    fixture = new ResumingTurn({ maxQueuedBytes: 1_000 });
    await fixture.cut();
    void fixture.turn.execute("x".repeat(900));
    const refused = fixture.turn.execute("x".repeat(200));
    await expect(refused).rejects.toBeInstanceOf(UnsentError);
    await expect(refused).rejects.toMatchObject({ code: "queue_full", retryable: true });
    fixture.resume();
    expect(fixture.gateway.sent).toHaveLength(1);
    await fixture.cut();
    void fixture.turn.execute("x".repeat(900));
    fixture.resume();
    expect(fixture.gateway.sent).toHaveLength(2);
  });

  test("ten thousand requests may wait, and no more", async () => {
    await fixture.cut();
    for (let count = 0; count < 10_000; count++) fixture.turn.listCells().catch(() => {});
    await expect(fixture.turn.listCells()).rejects.toMatchObject({ code: "queue_full" });
  });

  test("an execute that is aborted is stopped when it has started", async () => {
    const controller = new AbortController();
    const outcome = fixture.turn.execute("1", { signal: controller.signal });
    await fixture.cut();
    controller.abort(new Error("enough"));
    await expect(outcome).rejects.toThrow("enough");
    fixture.resume();
    fixture.gateway.say({ type: "started", id: 1, cellId: "c" });
    expect(fixture.gateway.last("terminate")).toMatchObject({ cellId: "c" });
  });

  test("a cell is stopped however much waits: by an abort, whose caller hears nothing more, and by terminate", async () => {
    fixture = new ResumingTurn({ maxQueuedBytes: 1_000 });
    const controller = new AbortController();
    const outcome = fixture.turn.execute("1", { signal: controller.signal });
    fixture.gateway.say({ type: "started", id: 1, cellId: "c" });
    await fixture.cut();
    void fixture.turn.execute("x".repeat(950));
    await expect(fixture.turn.listCells()).rejects.toMatchObject({ code: "queue_full" });
    controller.abort(new Error("enough"));
    await expect(outcome).rejects.toThrow("enough");
    void fixture.turn.terminate("d");
    fixture.resume();
    expect(fixture.gateway.all("terminate")).toMatchObject([{ cellId: "c" }, { cellId: "d" }]);
  });

  test("an execute or a wait that was never sent is taken back when it is aborted, and leaves its room", async () => {
    fixture = new ResumingTurn({ maxQueuedBytes: 1_000 });
    await fixture.cut();
    for (let times = 0; times < 5; times++) {
      const controller = new AbortController();
      const execute = fixture.turn.execute("x".repeat(500), { signal: controller.signal });
      const wait = fixture.turn.wait("c".repeat(250), { signal: controller.signal });
      controller.abort(new Error("enough"));
      await expect(execute).rejects.toThrow("enough");
      await expect(wait).rejects.toThrow("enough");
    }
    fixture.resume();
    expect(fixture.gateway.sent).toEqual([]);
  });

  test("a wait that was sent before is not taken back without the gateway, which may have answered it", async () => {
    const controller = new AbortController();
    const wait = fixture.turn.wait("c", { signal: controller.signal });
    await fixture.cut();
    controller.abort(new Error("enough"));
    fixture.resume();
    expect(fixture.gateway.sent.map(({ type }) => type)).toEqual(["wait", "cancel"]);
    fixture.gateway.say({ type: "result", id: 1, cellId: "c", content: [] });
    expect((await wait).type).toBe("result");
  });

  test("close ends the turn at once", async () => {
    const outcome = fixture.turn.execute("1");
    await fixture.cut();
    await fixture.turn.close();
    await expect(outcome).rejects.toBeInstanceOf(ConnectionError);
    expect(fixture.dialer.latest.signal?.aborted).toBe(true);
    expect(await fixture.turn.closed).toEqual({ code: 1000, reason: "", retryable: false });
    await vi.advanceTimersByTimeAsync(1_000_000);
    expect(fixture.dialer.dials).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("the turn is over", () => {
  test.each([4404, 4410])("with a SessionLostError where the session is gone (%i)", async (code) => {
    const outcome = fixture.turn.execute("1").catch((error: unknown) => error);
    await fixture.cut();
    fixture.dialer.latest.fail(closureError(closureOf(code, "gone"), "could not connect"));
    expect(await outcome).toBeInstanceOf(SessionLostError);
    expect(await outcome).toMatchObject({ closeCode: code, reason: "gone", retryable: false });
    expect(await fixture.turn.closed).toMatchObject({ code });
    expect(fixture.turn.state).toBe("closed");
    await expect(fixture.turn.listCells()).rejects.toBeInstanceOf(SessionLostError);
  });

  test("at once where the gateway closes with a code that does not say reconnect", async () => {
    const outcome = fixture.turn.execute("1");
    fixture.gateway.end(4409, "newer");
    await expect(outcome).rejects.toMatchObject({ name: "ConnectionError", code: "taken_over", retryable: false });
    expect(fixture.dialer.dials).toEqual([]);
  });

  test("where a newer host took over meanwhile", async () => {
    const outcome = fixture.turn.execute("1");
    await fixture.cut();
    fixture.dialer.latest.fail(closureError(closureOf(4409, "newer"), "could not connect"));
    await expect(outcome).rejects.toMatchObject({ name: "ConnectionError", code: "taken_over" });
  });

  test("with a ConnectionError that is no SessionLostError where it took too long, with the cause", async () => {
    fixture = new ResumingTurn({ maxTries: 1 });
    const outcome = fixture.turn.execute("1").catch((error: unknown) => error);
    await fixture.cut();
    const cause = new Error("ECONNREFUSED");
    fixture.dialer.latest.fail(cause);
    expect(await outcome).toBeInstanceOf(ConnectionError);
    expect(await outcome).not.toBeInstanceOf(SessionLostError);
    expect(await outcome).toMatchObject({ code: "connection_lost", retryable: true, cause });
  });

  test("where the gateway begins another turn, in which an execute could run twice", async () => {
    const outcome = fixture.turn.execute("1");
    await fixture.cut();
    fixture.resume({ resumed: false, turn: 4 });
    expect(fixture.gateway.sent).toEqual([]);
    expect(fixture.gateway.closedWith).toMatchObject({ code: 1000 });
    await expect(outcome).rejects.toMatchObject({
      code: "connection_lost",
      reason: "expected the gateway to go on with turn 3, got turn 4",
    });
    expect(fixture.turn.state).toBe("closed");
  });

  test("and an endSession is content to find that the session is gone", async () => {
    const ended = fixture.turn.endSession();
    await fixture.cut();
    fixture.dialer.latest.fail(closureError(closureOf(4410, ""), "could not connect"));
    await ended;
  });
});
