import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EventRoom } from "../../src/gateway/event-room.ts";
import { SessionLedger } from "../../src/gateway/session-ledger.ts";
import { SessionWatch } from "../../src/gateway/session-watch.ts";
import type { Subprotocol } from "../../src/protocol/codec.ts";
import type { ObservedEvent } from "../../src/protocol/observed-events.ts";

const snapshot = { type: "snapshot", atMs: 5 } as unknown as ObservedEvent;

/** A watch with a room of its own, and the times after which it wants to be asked. */
function setUp(room: Partial<{ observedEvents: number; observedBytes: number }> = {}, subprotocol?: Subprotocol) {
  const announced: number[] = [];
  const ledger = new SessionLedger({ unixMs: () => 5, changed: () => {} });
  const watch = new SessionWatch({
    sessionId: "s",
    frames: true,
    frameBytes: 1_000_000,
    sample: 1,
    ledger,
    room: new EventRoom({ observedEvents: 1_000_000, observedBytes: 1e9, ...room }),
    subprotocol: subprotocol ?? "cellgate.v1.msgpack",
    unixMs: () => 5,
    announce: (delayMs) => announced.push(delayMs),
    snapshot: () => snapshot,
  });
  const tell = (turn: number) => ledger.tell({ type: "turn_ended", turn });
  const show = (bytes: number, direction: "in" | "out" = "out") => {
    const message = new Uint8Array(bytes);
    ledger.show(direction, { type: "ping" }, message, "cellgate.v1.msgpack");
    return message;
  };
  return { announced, ledger, show, tell, watch };
}

const ended = (turn: number) => ({ type: "turn_ended", turn, atMs: 5 });

describe("events are told", () => {
  test("behind the snapshot, which has what came before it", () => {
    const { tell, watch } = setUp();
    tell(1);
    expect(watch.take()).toEqual({ dropped: 0, events: [snapshot] });
    tell(2);
    expect(watch.take()).toEqual({ dropped: 0, events: [ended(2)] });
    expect(watch.hasNews).toBe(false);
  });

  test("50 ms after the first of them, or at once when they are 256 KiB", () => {
    const { announced, show, tell, watch } = setUp();
    watch.take();
    tell(1);
    show(200_000);
    show(62_000);
    expect(announced).toEqual([50, 50, 0]);
  });

  test("256 KiB at a time, but for one that is larger", () => {
    const { show, watch } = setUp();
    watch.take();
    for (let count = 0; count < 5; count++) show(100_000);
    show(300_000);
    show(10);
    const lengths = [];
    while (watch.hasNews) lengths.push(watch.take().events.length);
    expect(lengths).toEqual([2, 2, 1, 1, 1]);
  });

  test("256 KiB at a time, which the names of a cell's tools are a part of, however many there are", () => {
    const { ledger, watch } = setUp();
    watch.take();
    const tools = Array.from({ length: 1_000 }, (_, index) => `tool_${index}`.padEnd(200));
    for (const cellId of ["a", "b", "c"]) ledger.tell({ type: "cell_accepted", cellId, turn: 1, source: "", tools });
    const lengths = [];
    while (watch.hasNews) lengths.push(watch.take().events.length);
    expect(lengths).toEqual([1, 1, 1]);
  });

  test("with the bytes of frames as base64 where the observer reads JSON", () => {
    const { ledger, watch } = setUp({}, "cellgate.v1.json");
    watch.take();
    ledger.show("out", { type: "ping" }, Uint8Array.of(1, 2, 3), "cellgate.v1.msgpack");
    expect(watch.take().events).toMatchObject([{ bytes: "AQID", subprotocol: "cellgate.v1.msgpack" }]);
  });

  test("with a copy of what came, which is a part of something larger, and with what goes out as it is", () => {
    const { show, watch } = setUp();
    watch.take();
    const [came, went] = [show(4, "in"), show(4, "out")];
    came.fill(9);
    went.fill(9);
    const bytes = watch.take().events.map((event) => [...((event as { bytes?: Uint8Array }).bytes ?? [])]);
    expect(bytes).toEqual([
      [0, 0, 0, 0],
      [9, 9, 9, 9],
    ]);
  });
});

describe("events that find no room", () => {
  test("are counted, ahead of those that came after them", () => {
    const { tell, watch } = setUp({ observedEvents: 2 });
    watch.take();
    for (const turn of [1, 2, 3, 4]) tell(turn);
    expect(watch.take()).toEqual({ dropped: 0, events: [ended(1), ended(2)] });
    tell(5);
    expect(watch.take()).toEqual({ dropped: 2, events: [ended(5)] });
    expect(watch.hasNews).toBe(false);
  });

  test("are told of though nothing came after them, and though nothing was kept", () => {
    const { announced, tell, watch } = setUp({ observedBytes: 10 });
    watch.take();
    tell(1);
    tell(2);
    expect([announced, watch.hasNews]).toEqual([[50], true]);
    expect(watch.take()).toEqual({ dropped: 2, events: [] });
    expect(watch.hasNews).toBe(false);
  });

  test("and those that do, are all that there are, in order: whatever is told, read and lost", () => {
    const step = fc.oneof(
      { weight: 5, arbitrary: fc.record({ tell: fc.integer({ min: 1, max: 20 }) }) },
      { weight: 2, arbitrary: fc.record({ frame: fc.integer({ min: 1, max: 200_000 }) }) },
      { weight: 2, arbitrary: fc.constant("take" as const) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 0, max: 12 }), (steps, observedEvents) => {
        const { show, tell, watch } = setUp({ observedEvents, observedBytes: 400_000 });
        watch.take();
        let next = 0;
        const batches: ReturnType<typeof watch.take>[] = [];
        for (const step of steps) {
          if (step === "take") batches.push(watch.take());
          else if ("frame" in step) {
            show(step.frame);
            next += 1;
          } else for (let count = 0; count < step.tell; count++) tell(next++);
        }
        while (watch.hasNews) batches.push(watch.take());
        let at = 0;
        for (const { dropped, events } of batches) {
          at += dropped;
          for (const event of events) {
            // A frame has no number of its own: it stands where one is missing.
            if (event.type === "turn_ended") expect(event.turn).toBe(at);
            at += 1;
          }
        }
        expect(at).toBe(next);
      }),
      { numRuns: 300 },
    );
  });
});

describe("the end", () => {
  test("of the session is told, whatever room there is, and is the last", () => {
    const { ledger, tell, watch } = setUp({ observedEvents: 1 });
    watch.take();
    tell(1);
    tell(2);
    ledger.gone();
    tell(3);
    expect([watch.take(), watch.take(), watch.isOver, watch.hasNews]).toEqual([
      { dropped: 0, events: [ended(1)] },
      { dropped: 1, events: [{ type: "session_gone", sessionId: "s", atMs: 5 }] },
      true,
      false,
    ]);
  });

  test("of the watch gives back its room", () => {
    const room = new EventRoom({ observedEvents: 2, observedBytes: 1_000 });
    const ledger = new SessionLedger({ unixMs: () => 5, changed: () => {} });
    const begin = () => {
      const watch = new SessionWatch({
        sessionId: "s",
        frames: false,
        frameBytes: 0,
        sample: 1,
        ledger,
        room,
        subprotocol: "cellgate.v1.json",
        unixMs: () => 5,
        announce: () => {},
        snapshot: () => snapshot,
      });
      watch.take();
      return watch;
    };
    for (let count = 0; count < 3; count++) {
      const watch = begin();
      for (const turn of [1, 2, 3]) ledger.tell({ type: "turn_ended", turn });
      watch.stop();
    }
    const last = begin();
    for (const turn of [1, 2]) ledger.tell({ type: "turn_ended", turn });
    expect(last.take()).toEqual({ dropped: 0, events: [ended(1), ended(2)] });
  });
});
