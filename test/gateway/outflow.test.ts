import { describe, expect, test } from "vitest";
import { Outflow, type Sink } from "../../src/gateway/outflow.ts";
import { FakeClock } from "../support/fake-clock.ts";

const KiB = 1024;

/** The system's end: it takes what the test lets it take. */
class FakeSink implements Sink {
  bufferedAmount = 0;
  queuedBytes: number | undefined;
  /** Fragments that were sent: their lengths, and whether their message ends with them. */
  readonly sent: [length: number, fin: boolean][] = [];
  readonly data: Uint8Array[] = [];
  readonly clock: FakeClock;
  readonly #waiting: { bytes: number; taken: () => void }[] = [];

  constructor(clock: FakeClock) {
    this.clock = clock;
  }

  send(data: Uint8Array, { fin }: { fin: boolean }, taken: () => void): void {
    this.sent.push([data.length, fin]);
    this.data.push(data);
    this.bufferedAmount += data.length;
    this.#waiting.push({ bytes: data.length, taken });
  }

  /** Takes so many fragments, each after a time as on a line of 1 MiB/s. */
  take(count: number, eachMs = 64): void {
    for (const { bytes, taken } of this.#waiting.splice(0, count)) {
      this.clock.advance(eachMs);
      this.bufferedAmount -= bytes;
      taken();
    }
  }
}

function flowing() {
  const clock = new FakeClock();
  const sink = new FakeSink(clock);
  const log: string[] = [];
  const outflow = new Outflow({
    sink,
    binary: true,
    clock,
    heldBackBytes: 1_000 * KiB,
    stalledMs: 100,
    drained: () => log.push("drained"),
    progressed: () => log.push("progressed"),
    stalled: () => log.push(`stalled ${clock.now()}`),
  });
  return { clock, sink, log, outflow };
}

describe("messages", () => {
  test("are sent whole and at once where they are small", () => {
    const { sink, outflow } = flowing();
    outflow.write(new Uint8Array(10));
    outflow.write(new Uint8Array(64 * KiB));
    expect(sink.sent).toEqual([
      [10, true],
      [64 * KiB, true],
    ]);
    expect(outflow.unsentBytes).toBe(64 * KiB + 10);
  });

  test("are sent in fragments where they are large, as the system takes them, and arrive as they were", () => {
    const { sink, outflow } = flowing();
    const large = Uint8Array.from({ length: 300 * KiB }, (_, index) => index % 251);
    outflow.write(large);
    outflow.write(Uint8Array.of(7));
    expect(sink.sent).toEqual([
      [64 * KiB, false],
      [64 * KiB, false],
    ]);
    expect(outflow.unsentBytes).toBe(300 * KiB + 1);
    sink.take(1);
    expect(sink.sent).toHaveLength(3);
    for (let count = 0; count < 10; count++) sink.take(1);
    expect(sink.sent.map(([, fin]) => fin)).toEqual([false, false, false, false, true, true]);
    expect(Buffer.concat(sink.data)).toEqual(Buffer.concat([large, Uint8Array.of(7)]));
    expect(outflow.unsentBytes).toBe(0);
  });
});

test("fragments grow while the system takes them quickly, and are small again where it does not", () => {
  const { sink, outflow } = flowing();
  outflow.write(new Uint8Array(20_000 * KiB));
  for (let count = 0; count < 20; count++) sink.take(1, 1);
  const sizes = sink.sent.map(([length]) => length / KiB);
  expect(sizes.slice(0, 3)).toEqual([64, 64, 128]);
  expect(Math.max(...sizes)).toBe(1_024);
  sink.take(1, 101);
  for (let count = 0; count < 3; count++) sink.take(1);
  expect(sink.sent.at(-1)).toEqual([64 * KiB, false]);
});

test("it takes no more above the bound, and says when it does again", () => {
  const { sink, log, outflow } = flowing();
  outflow.write(new Uint8Array(999 * KiB));
  expect(outflow.takes).toBe(true);
  outflow.write(new Uint8Array(500 * KiB));
  expect(outflow.takes).toBe(false);
  while (!log.includes("drained")) sink.take(1);
  expect(outflow.takes).toBe(true);
  expect(outflow.unsentBytes).toBeGreaterThan(900 * KiB);
  for (let count = 0; count < 30; count++) sink.take(1);
  expect(log.filter((line) => line === "drained")).toHaveLength(1);
});

test("what others send on the same socket does not make it full, of which nobody would be told when it is over", () => {
  const { sink, log, outflow } = flowing();
  outflow.write(new Uint8Array(999 * KiB));
  sink.bufferedAmount += 4 * KiB;
  expect([outflow.takes, log]).toEqual([true, []]);
  expect(outflow.unsentBytes).toBe(1_003 * KiB);
});

describe("the other end", () => {
  test("is stalled when nothing of what waits gets on its way for the time that it has", () => {
    const { clock, sink, log, outflow } = flowing();
    outflow.write(new Uint8Array(300 * KiB));
    sink.take(1, 90);
    clock.advance(99);
    expect(log).toEqual(["progressed"]);
    clock.advance(1);
    expect(log).toEqual(["progressed", "stalled 190"]);
  });

  test("is not stalled while some of a large fragment gets on its way, and is as soon as none does", () => {
    const { clock, sink, log, outflow } = flowing();
    sink.queuedBytes = 1_000;
    outflow.write(new Uint8Array(300 * KiB));
    clock.advance(90);
    sink.queuedBytes = 990;
    clock.advance(109);
    expect(log).toEqual(["progressed"]);
    clock.advance(1);
    expect(log).toEqual(["progressed", "stalled 200"]);
  });

  test("is stalled when it takes no more and nothing of what the system was given gets on its way", () => {
    const { clock, sink, log, outflow } = flowing();
    // A fast line, for which fragments are large.
    for (let size = 64 * KiB; size <= 512 * KiB; size *= 2) {
      outflow.write(new Uint8Array(size));
      sink.take(1, 1);
    }
    outflow.write(new Uint8Array(1_000 * KiB));
    expect([sink.sent.at(-1), outflow.takes]).toEqual([[1_000 * KiB, true], false]);
    clock.advance(99);
    expect(log).toEqual([]);
    clock.advance(1);
    expect(log).toEqual(["stalled 104"]);
  });

  test("is not stalled where nothing waits, and what the system alone has taken is no sign of it", () => {
    const { clock, sink, log, outflow } = flowing();
    outflow.write(new Uint8Array(10));
    sink.take(1);
    outflow.write(new Uint8Array(10));
    clock.advance(1_000);
    expect(log).toEqual([]);
  });
});

test("what is called when it is empty waits for the last fragment to be sent", () => {
  const { sink, log, outflow } = flowing();
  outflow.write(new Uint8Array(300 * KiB));
  outflow.whenEmpty(() => log.push("empty"));
  sink.take(2);
  expect(log).not.toContain("empty");
  sink.take(2);
  expect(log).toContain("empty");
});

test("once it was stopped it sends nothing and leaves no timer", () => {
  const { clock, sink, outflow } = flowing();
  outflow.write(new Uint8Array(300 * KiB));
  outflow.stop();
  sink.take(2);
  expect([sink.sent.length, outflow.unsentBytes, clock.pending]).toEqual([2, 0, 0]);
});
