import { describe, expect, test, vi } from "vitest";
import { ConnectionError, RequestError, UnsentError } from "../../client/errors.ts";
import { FakeObservatory, observing, openObservatory, settle } from "./fake-observatory.ts";

describe("an observation", () => {
  test("knows what its token allows, the gateway's limits, and how far its clock is ahead", () => {
    const { observation } = openObservatory({}, () =>
      observing({ scopes: ["observe"], limits: { frameBytes: 7 }, nowMs: Date.now() + 1_500 }),
    );
    expect(observation.scopes).toEqual(["observe"]);
    expect(observation.limits).toEqual({ frameBytes: 7 });
    expect(observation.server).toEqual({ name: "fake", version: "0" });
    expect(observation.clockOffsetMs).toBe(1_500);
    expect(observation.state).toBe("open");
  });

  test("asks, and gives what is answered", async () => {
    const { observation, line } = openObservatory();
    const sessions = observation.listSessions({ after: "a", limit: 2 });
    const cells = observation.listCells("s");
    const values = observation.storedValues("s");
    const terminated = observation.terminate("s", "c");
    const ended = observation.endSession("s");
    expect(line.sent).toEqual([
      { type: "list_sessions", id: 1, after: "a", limit: 2 },
      { type: "list_cells", id: 2, sessionId: "s" },
      { type: "stored_values", id: 3, sessionId: "s" },
      { type: "terminate", id: 4, sessionId: "s", cellId: "c" },
      { type: "end_session", id: 5, sessionId: "s" },
    ]);
    line.say({ type: "ok", id: 5 }, { type: "ok", id: 4 }, { type: "stored_values", id: 3, values: { a: 1 } });
    line.say({ type: "cells", id: 2, cells: [] }, { type: "sessions", id: 1, sessions: [], total: 9, more: true });
    expect(await Promise.all([sessions, cells, values, terminated, ended])).toEqual([
      { sessions: [], total: 9, more: true },
      [],
      { a: 1 },
      undefined,
      undefined,
    ]);
  });

  test("rejects what is refused, and what is answered with something else", async () => {
    const { observation, line } = openObservatory();
    const refused = observation.terminate("s", "c");
    line.say({ type: "error", id: 1, code: "forbidden", message: "expected the scope admin" });
    await expect(refused).rejects.toThrow(RequestError);
    await expect(refused).rejects.toMatchObject({ code: "forbidden", retryable: false });
    const confused = observation.listCells("s");
    line.say({ type: "ok", id: 2 });
    await expect(confused).rejects.toMatchObject({ code: "unexpected_answer" });
  });

  test("rejects with the signal's reason, and ignores the answer that comes after", async () => {
    const { observation, line } = openObservatory();
    const controller = new AbortController();
    const listed = observation.listSessions({ signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(listed).rejects.toThrow("enough");
    line.say({ type: "sessions", id: 1, sessions: [], total: 0, more: false });
    await expect(observation.listCells("s", { signal: controller.signal })).rejects.toThrow("enough");
    expect(line.sent).toHaveLength(1);
  });

  test("sends nothing that is over a limit, and lets a thousand requests wait", async () => {
    const { observation, line } = openObservatory();
    await expect(observation.listCells("s".repeat(5_000_000))).rejects.toThrow(UnsentError);
    for (let count = 0; count < 1_000; count++) void observation.listCells("s");
    await expect(observation.listCells("s")).rejects.toMatchObject({ code: "queue_full", retryable: true });
    line.say({ type: "cells", id: 2, cells: [] });
    void observation.listCells("s");
    expect(line.sent).toHaveLength(1_001);
  });

  test("reports what is refused without an id, and hears of a gateway that goes down", () => {
    const fake = openObservatory();
    fake.line.say(
      { type: "error", code: "bad_frame", message: "m" },
      { type: "error", id: 99, code: "ending", message: "m" },
    );
    fake.line.say({ type: "drain", deadlineMs: 1, retryAfterMs: 2 });
    expect(fake.errors).toMatchObject([{ code: "bad_frame" }, { code: "ending" }]);
    expect(fake.drains).toEqual([{ deadlineMs: 1, retryAfterMs: 2 }]);
  });
});

describe("the end", () => {
  test("comes with a close after which connecting again cannot help: all that waits is rejected", async () => {
    const fake = openObservatory();
    const { observation } = fake;
    const listed = observation.listSessions();
    const watch = observation.watchSessions(() => {});
    fake.line.end(4403, "expected the scope observe or admin");
    await expect(listed).rejects.toMatchObject({ code: "forbidden", closeCode: 4403 });
    await expect(watch.started).rejects.toThrow(ConnectionError);
    await expect(observation.listSessions()).rejects.toThrow("the connection is closed: 4403 forbidden");
    expect(await observation.closed).toMatchObject({ code: 4403, retryable: false });
    expect(observation.state).toBe("closed");
  });

  test("comes with the connection where it is not to be made again", async () => {
    const fake = openObservatory(false);
    fake.line.end(1006);
    expect(await fake.observation.closed).toMatchObject({ code: 1006 });
  });

  test("comes with close, connected or not", async () => {
    let fake = openObservatory();
    await fake.observation.close();
    expect(fake.line.closedWith).toEqual({ code: 1000, reason: "" });
    fake = new FakeObservatory();
    await fake.cut();
    await fake.observation.close();
    expect(await fake.observation.closed).toMatchObject({ code: 1000 });
    await fake.observation[Symbol.asyncDispose]();
  });
});

test("a connection that is silent is pinged, and given up when no pong comes", async () => {
  const fake = openObservatory();
  await vi.advanceTimersByTimeAsync(25_000);
  expect(fake.line.take()).toEqual([{ type: "ping" }]);
  fake.line.say({ type: "pong" });
  await vi.advanceTimersByTimeAsync(10_000);
  expect(fake.line.closedWith).toBeUndefined();
  await vi.advanceTimersByTimeAsync(25_000);
  expect(fake.line.closedWith).toMatchObject({ code: 4440 });
  await vi.advanceTimersByTimeAsync(1);
  expect(fake.hellos).toHaveLength(1);
});

test("a page that is put aside has no connection until it is shown", async () => {
  const fake = openObservatory();
  fake.page.leave();
  await vi.advanceTimersByTimeAsync(100_000);
  expect(fake.line.closedWith).toMatchObject({ code: 1001 });
  expect(fake.hellos).toEqual([]);
  fake.page.comeBack();
  await vi.advanceTimersByTimeAsync(0);
  expect(fake.hellos).toHaveLength(1);
  await fake.connect();
  expect(fake.observation.state).toBe("resumed");
});

test("states are told to whoever follows them", async () => {
  const fake = openObservatory();
  const states: string[] = [];
  const following = (async () => {
    for await (const { state } of fake.observation.states()) states.push(state);
  })();
  await settle();
  await fake.cutAndConnect();
  await fake.observation.close();
  await following;
  expect(states).toEqual(["open", "lost", "connecting", "resumed", "closed"]);
});
