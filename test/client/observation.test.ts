import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { ConnectionError, RequestError, UnsentError } from "../../client/errors.ts";
import type { NumbersEvent, SessionsEvent, WatchedEvent } from "../../client/observed.ts";
import { createCodec } from "../../src/protocol/codec.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";
import { FakeObservatory, observing } from "./fake-observatory.ts";

let fake: FakeObservatory;

beforeEach(() => {
  vi.useFakeTimers();
  fake = new FakeObservatory();
});

afterEach(() => {
  vi.useRealTimers();
});

const gone = (sessionId: string) => ({ type: "session_gone", atMs: 1, sessionId });
const settle = () => vi.advanceTimersByTimeAsync(0);

describe("an observation", () => {
  test("knows what its token allows, the gateway's limits, and how far its clock is ahead", () => {
    const { observation } = new FakeObservatory(
      {},
      observing({ scopes: ["observe"], limits: { frameBytes: 7 }, nowMs: Date.now() + 1_500 }),
    );
    expect(observation.scopes).toEqual(["observe"]);
    expect(observation.limits).toEqual({ frameBytes: 7 });
    expect(observation.server).toEqual({ name: "fake", version: "0" });
    expect(observation.clockOffsetMs).toBe(1_500);
    expect(observation.state).toBe("open");
  });

  test("asks, and gives what is answered", async () => {
    const { observation, line } = fake;
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
    const { observation, line } = fake;
    const refused = observation.terminate("s", "c");
    line.say({ type: "error", id: 1, code: "forbidden", message: "expected the scope admin" });
    await expect(refused).rejects.toThrow(RequestError);
    await expect(refused).rejects.toMatchObject({ code: "forbidden", retryable: false });
    const confused = observation.listCells("s");
    line.say({ type: "ok", id: 2 });
    await expect(confused).rejects.toMatchObject({ code: "unexpected_answer" });
  });

  test("rejects with the signal's reason, and ignores the answer that comes after", async () => {
    const { observation, line } = fake;
    const controller = new AbortController();
    const listed = observation.listSessions({ signal: controller.signal });
    controller.abort(new Error("enough"));
    await expect(listed).rejects.toThrow("enough");
    line.say({ type: "sessions", id: 1, sessions: [], total: 0, more: false });
    await expect(observation.listCells("s", { signal: controller.signal })).rejects.toThrow("enough");
    expect(line.sent).toHaveLength(1);
  });

  test("sends nothing that is over a limit, and lets a thousand requests wait", async () => {
    const { observation, line } = fake;
    await expect(observation.listCells("s".repeat(5_000_000))).rejects.toThrow(UnsentError);
    for (let count = 0; count < 1_000; count++) void observation.listCells("s");
    await expect(observation.listCells("s")).rejects.toMatchObject({ code: "queue_full", retryable: true });
    line.say({ type: "cells", id: 2, cells: [] });
    void observation.listCells("s");
    expect(line.sent).toHaveLength(1_001);
  });

  test("reports what is refused without an id, and hears of a gateway that goes down", () => {
    fake.line.say(
      { type: "error", code: "bad_frame", message: "m" },
      { type: "error", id: 99, code: "ending", message: "m" },
    );
    fake.line.say({ type: "drain", deadlineMs: 1, retryAfterMs: 2 });
    expect(fake.errors).toMatchObject([{ code: "bad_frame" }, { code: "ending" }]);
    expect(fake.drains).toEqual([{ deadlineMs: 1, retryAfterMs: 2 }]);
  });
});

describe("a watch", () => {
  test("is asked for with its topic, and has started when that is answered", async () => {
    const { observation, line } = fake;
    const watches = [
      observation.watchSessions(() => {}),
      observation.watchSession("s", {}, () => {}),
      observation.watchSession("s", { frames: true, frameBytes: 5, sample: 2 }, () => {}),
      observation.watchMetrics(() => {}),
    ];
    expect(line.sent).toEqual([
      { type: "watch", id: 1, topic: "sessions" },
      { type: "watch", id: 2, topic: "session", sessionId: "s" },
      { type: "watch", id: 3, topic: "session", sessionId: "s", frames: true, frameBytes: 5, sample: 2 },
      { type: "watch", id: 4, topic: "metrics" },
    ]);
    line.say({ type: "error", id: 2, code: "unknown_session", message: "m" });
    for (const id of [1, 3, 4]) line.say({ type: "ok", id });
    const started = await Promise.allSettled(watches.map((watch) => watch.started));
    expect(started.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled", "fulfilled"]);
  });

  test("tells its own listener, in order, until it is stopped", () => {
    const { observation, line } = fake;
    const heard: string[] = [];
    const hear = (name: string) => (event: SessionsEvent) =>
      heard.push(`${name} ${event.type === "session_gone" ? event.sessionId : event.type}`);
    const first = observation.watchSessions(hear("first"));
    observation.watchSessions(hear("second"));
    line.say({ type: "ok", id: 1 }, { type: "ok", id: 2 });
    line.tell(2, gone("a"));
    line.tell(1, gone("b"), gone("c"));
    first.stop();
    first.stop();
    line.tell(1, gone("d"));
    line.tell(3, gone("e"));
    expect(heard).toEqual(["second a", "first b", "first c"]);
    expect(line.sent.at(-1)).toEqual({ type: "unwatch", id: 3, watchId: 1 });
    expect(line.sent).toHaveLength(3);
  });

  test("may be stopped by its own listener", () => {
    const { observation, line } = fake;
    const heard: string[] = [];
    const watch = observation.watchSessions((event) => {
      heard.push(event.type);
      watch.stop();
    });
    line.tell(1, gone("a"), gone("b"));
    expect(heard).toEqual(["session_gone"]);
  });

  test("tells of events that were lost, ahead of those that came after them", () => {
    const heard: NumbersEvent[] = [];
    fake.observation.watchMetrics((event) => heard.push(event));
    fake.line.say({ type: "observed", watchId: 1, dropped: 12, events: [] });
    expect(heard).toEqual([{ type: "gap", dropped: 12 }]);
  });

  test("ignores events of a kind that it does not know", () => {
    const heard: string[] = [];
    fake.observation.watchSessions(({ type }) => heard.push(type));
    fake.line.tell(1, { type: "weather", atMs: 1 }, gone("a"));
    expect(heard).toEqual(["session_gone"]);
  });

  test("of a session is over with it", () => {
    const { observation, line } = fake;
    const watch = observation.watchSession("s", {}, () => {});
    line.say({ type: "ok", id: 1 });
    line.tell(1, gone("s"));
    watch.stop();
    expect(line.sent).toHaveLength(1);
  });

  test("reports what its listener throws, and goes on", () => {
    const { observation, line } = fake;
    let heard = 0;
    observation.watchSessions(() => {
      heard += 1;
      throw new Error("oh");
    });
    line.tell(1, gone("a"), gone("b"));
    return settle().then(() => expect([heard, fake.errors]).toMatchObject([2, [{ message: "oh" }, { message: "oh" }]]));
  });
});

describe("a frame that is shown", () => {
  const frame = { type: "ok", id: 4, seq: 5 } as const;
  const shown = (subprotocol: "cellgate.v1.msgpack" | "cellgate.v1.json", bytes?: Uint8Array | string) => ({
    type: "frame",
    atMs: 1,
    direction: "out",
    tag: "ok",
    seq: 5,
    sizeBytes: 9,
    subprotocol,
    bytes,
  });

  test.each(["cellgate.v1.msgpack", "cellgate.v1.json"] as const)(
    "of %s is decoded when it is asked for",
    (subprotocol) => {
      const heard: WatchedEvent[] = [];
      fake.observation.watchSession("s", { frames: true }, (event) => heard.push(event));
      const message = Buffer.from(createCodec(subprotocol, defaultLimits).encode(frame));
      fake.line.tell(1, shown(subprotocol, message.toString("base64")), shown(subprotocol));
      const [whole, headless] = heard;
      if (whole?.type !== "frame" || headless?.type !== "frame") throw new Error("expected frames");
      expect(whole).toMatchObject({ tag: "ok", direction: "out", seq: 5, subprotocol });
      expect(Buffer.from(whole.bytes!).equals(message)).toBe(true);
      expect([whole.decode(), headless.bytes, headless.decode()]).toEqual([frame, undefined, undefined]);
    },
  );
});

describe("after a cut", () => {
  test("everything is watched anew, behind a gap that each listener hears of", async () => {
    const { observation } = fake;
    const heard: string[] = [];
    observation.watchSessions(({ type }) => heard.push(`sessions ${type}`));
    observation.watchSession("s", { frames: true }, ({ type }) => heard.push(`session ${type}`));
    fake.line.say({ type: "ok", id: 1 }, { type: "ok", id: 2 });
    await settle();
    await fake.cutAndConnect({ scopes: ["observe"] });
    expect(heard).toEqual(["sessions gap", "session gap"]);
    expect(fake.hellos).toEqual([{ type: "hello", role: "observer", client: { name: "eye", version: "1" } }]);
    expect(fake.line.take()).toEqual([
      { type: "watch", id: 1, topic: "sessions" },
      { type: "watch", id: 2, topic: "session", sessionId: "s", frames: true },
    ]);
    expect(observation.scopes).toEqual(["observe"]);
    fake.line.say({ type: "ok", id: 1 }, { type: "ok", id: 2 });
    fake.line.tell(1, gone("a"));
    expect(heard.at(-1)).toBe("sessions session_gone");
    expect(fake.states.map(({ state }) => state)).toEqual(["connecting", "open", "lost", "connecting", "resumed"]);
  });

  test("a watch that had not started is asked for again, once, without a gap", async () => {
    const heard: string[] = [];
    const watch = fake.observation.watchSessions(({ type }) => heard.push(type));
    await fake.cutAndConnect();
    await fake.cutAndConnect();
    expect(fake.line.sent).toEqual([{ type: "watch", id: 1, topic: "sessions" }]);
    fake.line.say({ type: "ok", id: 1 });
    await watch.started;
    expect(heard).toEqual([]);
  });

  test("that comes before a watch has begun anew, it is asked for once more", async () => {
    const heard: string[] = [];
    fake.observation.watchSessions(({ type }) => heard.push(type));
    fake.line.say({ type: "ok", id: 1 });
    await settle();
    await fake.cutAndConnect();
    await fake.cutAndConnect();
    expect(fake.line.sent).toEqual([{ type: "watch", id: 1, topic: "sessions" }]);
    expect(heard).toEqual(["gap"]);
  });

  test("a watch that is stopped meanwhile is not asked for again", async () => {
    const watch = fake.observation.watchSessions(() => {});
    fake.line.say({ type: "ok", id: 1 });
    await settle();
    await fake.cut();
    watch.stop();
    await fake.connect();
    expect(fake.line.sent).toEqual([{ type: "unwatch", id: 2, watchId: 1 }]);
  });

  test("the watch of a session that went meanwhile hears so, and is over", async () => {
    const heard: WatchedEvent[] = [];
    const watch = fake.observation.watchSession("s", {}, (event) => heard.push(event));
    fake.line.say({ type: "ok", id: 1 });
    await settle();
    await fake.cutAndConnect({ nowMs: Date.now() + 500 });
    fake.line.take();
    fake.line.say({ type: "error", id: 1, code: "unknown_session", message: "m" });
    await settle();
    expect(heard).toEqual([{ type: "gap" }, { type: "session_gone", sessionId: "s", atMs: Date.now() + 500 }]);
    watch.stop();
    expect([fake.line.sent, fake.errors]).toEqual([[], []]);
  });

  test("a watch that is refused for anything else is reported", async () => {
    fake.observation.watchSessions(() => {});
    fake.line.say({ type: "ok", id: 1 });
    await settle();
    await fake.cutAndConnect();
    fake.line.say({ type: "error", id: 1, code: "too_many_watches", message: "m" });
    await settle();
    expect(fake.errors).toMatchObject([{ code: "too_many_watches" }]);
  });

  test("what was asked is asked again, and what is asked meanwhile waits", async () => {
    const { observation } = fake;
    const before = observation.listCells("s");
    await fake.cut();
    const meanwhile = observation.terminate("s", "c");
    await fake.connect();
    expect(fake.line.sent).toEqual([
      { type: "list_cells", id: 1, sessionId: "s" },
      { type: "terminate", id: 2, sessionId: "s", cellId: "c" },
    ]);
    fake.line.say({ type: "cells", id: 1, cells: [] }, { type: "ok", id: 2 });
    expect(await Promise.all([before, meanwhile])).toEqual([[], undefined]);
  });

  const refusal = (id: number, code: "unknown_session" | "unknown_cell" | "forbidden") => {
    return { type: "error", id, code, message: "not found" } as const;
  };
  const refusals = [refusal(1, "unknown_session"), refusal(2, "unknown_session"), refusal(3, "unknown_cell")];

  const endings = ({ observation }: FakeObservatory) => {
    return Promise.allSettled([
      observation.endSession("s"),
      observation.terminate("s", "c"),
      observation.terminate("t", "c"),
      observation.listCells("s"),
    ]).then((settled) => settled.map(({ status }) => status));
  };

  test("what was to end and is found gone was ended by the request whose answer was lost", async () => {
    const ended = endings(fake);
    await fake.cutAndConnect();
    fake.line.say(...refusals, refusal(4, "unknown_session"));
    expect(await ended).toEqual(["fulfilled", "fulfilled", "fulfilled", "rejected"]);
  });

  test("what was to end and was not asked for before is refused where it is not there", async () => {
    await fake.cut();
    const ended = endings(fake);
    await fake.connect();
    fake.line.say(...refusals, { type: "cells", id: 4, cells: [] });
    expect(await ended).toEqual(["rejected", "rejected", "rejected", "fulfilled"]);
  });

  test("what was to end is refused for any other cause, however often it was asked for", async () => {
    const ended = endings(fake);
    await fake.cutAndConnect({ scopes: ["observe"] });
    fake.line.say(...[1, 2, 3].map((id) => refusal(id, "forbidden")));
    fake.line.say({ type: "cells", id: 4, cells: [] });
    expect(await ended).toEqual(["rejected", "rejected", "rejected", "fulfilled"]);
  });

  test("it is tried for as long as it takes", async () => {
    await fake.cut();
    for (let hour = 0; hour < 24; hour++) {
      await vi.advanceTimersByTimeAsync(3_600_000);
      await fake.fail(1006);
    }
    expect(fake.observation.state).not.toBe("closed");
  });
});

describe("the end", () => {
  test("comes with a close after which connecting again cannot help: all that waits is rejected", async () => {
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
    fake = new FakeObservatory(false);
    fake.line.end(1006);
    expect(await fake.observation.closed).toMatchObject({ code: 1006 });
  });

  test("comes with close, connected or not", async () => {
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
