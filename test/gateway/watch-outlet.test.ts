import { describe, expect, test } from "vitest";
import { Rota } from "../../src/gateway/rota.ts";
import { WatchOutlet } from "../../src/gateway/watch-outlet.ts";
import type { Announce, Batch, Watch } from "../../src/gateway/watch.ts";
import type { ObservedEvent } from "../../src/protocol/observed-events.ts";
import type { ObservedFrame } from "../../src/protocol/observer-frames.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { MemoryChannel } from "../support/memory-channel.ts";

/** A watch that tells what the test says. */
class ScriptedWatch implements Watch {
  readonly batches: Batch[] = [];
  isOver = false;
  isStopped = false;
  announce: Announce = () => {};

  get hasNews(): boolean {
    return this.batches.length > 0;
  }

  take(): Batch {
    return this.batches.shift() ?? { dropped: 0, events: [] };
  }

  stop(): void {
    this.isStopped = true;
  }

  /** Has something to tell, a frame for each turn. */
  has(delayMs: number, ...turns: number[]): void {
    for (const turn of turns) this.batches.push({ dropped: 0, events: [ended(turn)] });
    this.announce(delayMs);
  }
}

const ended = (turn: number): ObservedEvent => ({ type: "turn_ended", atMs: 1, turn });

function setUp() {
  const channel = new MemoryChannel();
  const clock = new FakeClock();
  const lost: number[] = [];
  const outlet = new WatchOutlet({ channel, clock, rota: new Rota(clock), dropped: (count) => lost.push(count) });
  const add = (watchId: number): ScriptedWatch => {
    const watch = new ScriptedWatch();
    outlet.add(watchId, (announce) => {
      watch.announce = announce;
      return watch;
    });
    return watch;
  };
  const frames = () => channel.sent as object[] as ObservedFrame[];
  /** What was told, as `watch:turn`. */
  const told = () =>
    frames().flatMap(({ watchId, events }) => events.map((event) => `${watchId}:${(event as { turn: number }).turn}`));
  return { add, channel, clock, frames, lost, outlet, told };
}

describe("a watch is asked", () => {
  test("when its time has come, and as early as it said", () => {
    const { add, clock, told } = setUp();
    const watch = add(1);
    watch.has(50, 1);
    watch.has(50);
    clock.advance(20);
    watch.has(20, 2);
    clock.advance(19);
    expect(told()).toEqual([]);
    clock.advance(1);
    expect(told()).toEqual(["1:1", "1:2"]);
    expect(clock.pending).toBe(0);
    watch.has(50, 3);
    clock.advance(50);
    expect(told()).toEqual(["1:1", "1:2", "1:3"]);
  });

  test("at once, if it has something to tell from the beginning", () => {
    const { clock, outlet, told } = setUp();
    const watch = new ScriptedWatch();
    watch.batches.push({ dropped: 0, events: [ended(1)] });
    outlet.add(1, () => watch);
    expect([told(), clock.pending]).toEqual([["1:1"], 0]);
  });

  test("one after the other, a frame at a time, between which others have their turn", () => {
    const { add, clock, told } = setUp();
    const [a, b] = [add(1), add(2)];
    a.has(10, 1, 2, 3);
    b.has(10, 1, 2);
    const seen: number[] = [];
    clock.after(10, () => {
      seen.push(told().length);
      clock.after(0, () => seen.push(told().length));
    });
    clock.advance(10);
    expect(told()).toEqual(["1:1", "1:2", "2:1", "1:3", "2:2"]);
    expect(seen).toEqual([1, 2]);
  });

  test("only while the socket takes, and again when it does", () => {
    const { add, channel, clock, outlet, told } = setUp();
    const watch = add(1);
    channel.takes = false;
    watch.has(10, 1, 2);
    clock.advance(1_000);
    expect([told(), watch.batches.length]).toEqual([[], 2]);
    channel.takes = true;
    outlet.drained();
    clock.advance(0);
    expect(told()).toEqual(["1:1", "1:2"]);
  });

  test("at once for all that it has, where it has to be now", () => {
    const { add, channel, outlet, told } = setUp();
    const [a, b] = [add(1), add(2)];
    a.has(50, 1, 2);
    b.has(50, 3);
    channel.takes = false;
    outlet.flush();
    expect(told()).toEqual([]);
    channel.takes = true;
    outlet.flush();
    expect(told().toSorted()).toEqual(["1:1", "1:2", "2:3"]);
  });

  test("no more when it is removed, or all are stopped", () => {
    const { add, clock, outlet, told } = setUp();
    const watches = [add(1), add(2), add(3)];
    for (const watch of watches) watch.has(10, 1);
    outlet.remove(1);
    expect([outlet.has(1), outlet.size]).toEqual([false, 2]);
    outlet.stop();
    expect([clock.pending, outlet.size, ...watches.map(({ isStopped }) => isStopped)]).toEqual([
      0,
      0,
      true,
      true,
      true,
    ]);
    watches[1]?.has(0, 2);
    clock.advance(100);
    expect(told()).toEqual([]);
  });

  test("no more when it is over and has told all", () => {
    const { add, clock, outlet, told } = setUp();
    const watch = add(1);
    watch.isOver = true;
    watch.has(10, 1, 2);
    clock.advance(10);
    expect([told(), outlet.size, watch.isStopped]).toEqual([["1:1", "1:2"], 0, true]);
  });
});

describe("what does not fit a frame", () => {
  test("is told in several, in order, with what was lost before in the first", () => {
    const { add, channel, clock, frames, told } = setUp();
    channel.isTooLarge = (frame) => (frame as object as ObservedFrame).events.length > 2;
    const watch = add(1);
    watch.batches.push({ dropped: 3, events: [1, 2, 3, 4, 5].map(ended) });
    watch.announce(0);
    clock.advance(0);
    expect(told()).toEqual(["1:1", "1:2", "1:3", "1:4", "1:5"]);
    expect(frames().map(({ dropped }) => dropped)).toEqual([3, ...Array(frames().length - 1).fill(0)]);
  });

  test("and is one event, is lost and counted", () => {
    const { add, channel, clock, frames, lost } = setUp();
    channel.isTooLarge = (frame) => JSON.stringify(frame).includes('"turn":2');
    const watch = add(1);
    watch.batches.push({ dropped: 3, events: [1, 2, 3].map(ended) });
    watch.announce(0);
    clock.advance(0);
    expect(frames().map(({ dropped, events }) => [dropped, events])).toEqual([
      [3, [ended(1)]],
      [1, []],
      [0, [ended(3)]],
    ]);
    expect(lost).toEqual([3, 1]);
  });
});

test("a loss is told though there is nothing else to tell", () => {
  const { add, clock, frames, lost } = setUp();
  const watch = add(7);
  watch.batches.push({ dropped: 5, events: [] });
  watch.announce(0);
  clock.advance(0);
  expect(frames()).toEqual([{ type: "observed", watchId: 7, dropped: 5, events: [] }]);
  expect(lost).toEqual([5]);
});
