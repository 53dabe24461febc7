import { describe, expect, test } from "vitest";
import type { NumbersEvent, SessionsEvent, WatchedEvent } from "../../client/observed.ts";
import { createCodec } from "../../src/protocol/codec.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";
import { gone, openObservatory, settle } from "./fake-observatory.ts";

describe("a watch", () => {
  test("is asked for with its topic, and has started when that is answered", async () => {
    const { observation, line } = openObservatory();
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
    const { observation, line } = openObservatory();
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
    const { observation, line } = openObservatory();
    const heard: string[] = [];
    const watch = observation.watchSessions((event) => {
      heard.push(event.type);
      watch.stop();
    });
    line.tell(1, gone("a"), gone("b"));
    expect(heard).toEqual(["session_gone"]);
  });

  test("tells of events that were lost, ahead of those that came after them", () => {
    const fake = openObservatory();
    const heard: NumbersEvent[] = [];
    fake.observation.watchMetrics((event) => heard.push(event));
    fake.line.say({ type: "observed", watchId: 1, dropped: 12, events: [] });
    expect(heard).toEqual([{ type: "gap", dropped: 12 }]);
  });

  test("ignores events of a kind that it does not know", () => {
    const fake = openObservatory();
    const heard: string[] = [];
    fake.observation.watchSessions(({ type }) => heard.push(type));
    fake.line.tell(1, { type: "weather", atMs: 1 }, gone("a"));
    expect(heard).toEqual(["session_gone"]);
  });

  test("of a session is over with it", () => {
    const { observation, line } = openObservatory();
    const watch = observation.watchSession("s", {}, () => {});
    line.say({ type: "ok", id: 1 });
    line.tell(1, gone("s"));
    watch.stop();
    expect(line.sent).toHaveLength(1);
  });

  test("reports what its listener throws, and goes on", () => {
    const fake = openObservatory();
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
      const fake = openObservatory();
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
