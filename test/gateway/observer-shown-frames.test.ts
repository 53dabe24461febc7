import { describe, expect, test } from "vitest";
import type { ObservedEvent } from "../../src/protocol/observed-events.ts";
import { MemoryGateway } from "./memory-gateway.ts";
import { MemoryObserver, tagsOf, watcher } from "./memory-observer.ts";

/** The frame in an event, as its bytes say. */
const frameIn = (event: ObservedEvent): unknown =>
  event.type === "frame" && JSON.parse(Buffer.from(event.bytes as string, "base64").toString());

describe("frames of a session", () => {
  /** A session whose frames are watched from its second turn on. */
  function setUp(fields: object = {}, limits = {}) {
    const gateway = new MemoryGateway(limits);
    const first = gateway.greeted();
    const { sessionId } = first.credentials;
    const observer = new MemoryObserver(gateway, watcher("observe"));
    const watchId = observer.watch({ topic: "session", sessionId, frames: true, ...fields });
    const show = (act: () => void) => observer.during(watchId, act).filter(({ type }) => type === "frame");
    return { gateway, first, observer, watchId, show };
  }

  test("are shown in both directions as they stood on the wire, what causes something ahead of it", () => {
    const { first, gateway, show } = setUp();
    const frames = show(() => {
      first.send({ type: "execute", id: 1, source: "1", yieldMs: null });
      gateway.executor.latest.started().end();
      first.send({ type: "ack", seq: 2 });
      first.send({ type: "ping" });
    });
    const { cellId } = gateway.executor.latest;
    expect(tagsOf(frames)).toEqual([
      "in execute",
      "out started",
      "out result",
      "in ack",
      "out cell_closed",
      "in ping",
      "out pong",
    ]);
    const sent = JSON.stringify({ type: "execute", id: 1, source: "1", yieldMs: null });
    const subprotocol = "cellgate.v1.json";
    const common = { type: "frame", atMs: expect.any(Number), subprotocol };
    expect(frames[0]).toEqual({
      ...common,
      direction: "in",
      tag: "execute",
      sizeBytes: sent.length,
      bytes: Buffer.from(sent).toString("base64"),
    });
    expect(frames[1]).toEqual({
      ...common,
      direction: "out",
      tag: "started",
      cellId,
      seq: 1,
      sizeBytes: expect.any(Number),
      bytes: expect.any(String),
    });
    expect(frameIn(frames[1]!)).toEqual({ type: "started", id: 1, cellId, seq: 1 });
  });

  test("of a handshake have no session token", () => {
    const { first, gateway, show } = setUp();
    const { sessionId, sessionToken } = first.credentials;
    const frames = show(() => {
      const second = gateway.greeted(first.credentials);
      second.cut();
      gateway.resumed(second);
    });
    expect(tagsOf(frames)).toEqual(["in hello", "out welcome", "in hello", "out welcome"]);
    for (const event of frames) expect(frameIn(event)).toMatchObject({ sessionId, sessionToken: "…" });
    expect(JSON.stringify(frames.map(frameIn))).not.toContain(sessionToken);
    expect(frames[0]).toMatchObject({
      sizeBytes: JSON.stringify({ type: "hello", ...first.credentials }).length,
    });
  });

  test("are shown once, though they are sent again", () => {
    const { first, gateway, show } = setUp();
    const frames = show(() => {
      first.send({ type: "execute", id: 1, source: "1" });
      first.cut();
      gateway.resumed(first, 0);
    });
    expect(tagsOf(frames)).toEqual(["in execute", "out started", "in hello", "out welcome"]);
  });

  test("that are refused are shown, but not those that cannot be read", () => {
    const { first, show } = setUp();
    const frames = show(() => {
      first.send({ type: "ack", seq: 99 });
      first.send({ type: "hello", sessionToken: "secret", sessionId: "s" });
      first.send({ type: "wait", id: "x", cellId: "secret" });
      first.sendBroken();
    });
    expect(tagsOf(frames)).toEqual(["in ack", ...Array(4).fill("out error")]);
    expect(JSON.stringify(frames.map(frameIn))).not.toContain("secret");
  });

  test("above frameBytes are shown without their bytes", () => {
    const { first, show } = setUp({ frameBytes: 60 });
    const frames = show(() => first.send({ type: "wait", id: 1, cellId: "c".repeat(40) }));
    const [wait, result] = frames;
    expect([wait, result]).toMatchObject([{ tag: "wait" }, { tag: "result" }]);
    expect(wait).not.toHaveProperty("bytes");
    expect(wait).toMatchObject({ sizeBytes: expect.any(Number) });
  });

  test("are shown with up to 64 KiB, unless a watch says otherwise", () => {
    const { first, show } = setUp();
    const sized = (bytes: number) => {
      const overhead = JSON.stringify({ type: "set_tools", id: 1, tools: [{ name: "t", description: "" }] }).length;
      const tools = [{ name: "t", description: "d".repeat(bytes - overhead) }];
      const [event] = show(() => first.send({ type: "set_tools", id: 1, tools }));
      return event?.type === "frame" && [event.sizeBytes, "bytes" in event];
    };
    expect([sized(65_536), sized(65_537)]).toEqual([
      [65_536, true],
      [65_537, false],
    ]);
  });

  test("are sampled: every n-th is shown, and the others are not counted as lost", () => {
    const { first, observer, show } = setUp({ sample: 3 });
    const frames = show(() => {
      for (let count = 0; count < 6; count++) first.send({ type: "ping" });
    });
    expect(tagsOf(frames)).toEqual(["in ping", "out pong", "in ping", "out pong"]);
    expect(observer.all("observed").every(({ dropped }) => dropped === 0)).toBe(true);
  });

  test("are not shown to a watch that did not ask for them", () => {
    const { first, show } = setUp({ frames: false });
    expect(show(() => first.send({ type: "ping" }))).toEqual([]);
  });

  test("too large to be shown are shown without their bytes", () => {
    const { first, observer, show } = setUp();
    observer.client.channel.isTooLarge = (frame) => JSON.stringify(frame).includes('"bytes"');
    const frames = show(() => first.send({ type: "ping" }));
    expect(tagsOf(frames)).toEqual(["in ping", "out pong"]);
    expect(frames.every((event) => !("bytes" in event))).toBe(true);
  });
});
