import { expect, test } from "vitest";
import { type SeenFrame, SessionLedger, type Unstamped, type Witness } from "../../src/gateway/session-ledger.ts";

class RecordingWitness implements Witness {
  readonly wantsFrames: boolean;
  readonly told: string[] = [];
  readonly shown: SeenFrame[] = [];

  constructor(wantsFrames: boolean) {
    this.wantsFrames = wantsFrames;
  }

  tell({ type }: Unstamped): void {
    this.told.push(type);
  }

  show(frame: SeenFrame): void {
    this.shown.push(frame);
  }

  gone(): void {
    this.told.push("gone");
  }
}

function setUp() {
  const changes: string[] = [];
  const ledger = new SessionLedger({ unixMs: () => 7, changed: () => changes.push("changed") });
  return { changes, ledger };
}

test("a change is told once, until it was read how the session stands", () => {
  const { changes, ledger } = setUp();
  expect(changes).toEqual(["changed"]);
  ledger.received(3);
  ledger.sent(4);
  expect(changes).toHaveLength(1);
  ledger.read();
  ledger.received(5);
  ledger.touch();
  expect(changes).toHaveLength(2);
  expect([ledger.receivedBytes, ledger.sentBytes, ledger.openedAtMs]).toEqual([8, 4, 7]);
});

test("a session that has ended changes no more", () => {
  const { changes, ledger } = setUp();
  ledger.read();
  ledger.ended();
  ledger.received(3);
  ledger.cut(1, 1000, "");
  expect(changes).toEqual(["changed"]);
});

test("what happens is told to all who watch, frames to those who want them, and nothing behind the end of a watch", () => {
  const { ledger } = setUp();
  const [events, frames] = [new RecordingWitness(false), new RecordingWitness(true)];
  const stop = ledger.watch(events);
  expect([ledger.isWatched, ledger.isShown]).toEqual([true, false]);
  const stopFrames = ledger.watch(frames);
  expect(ledger.isShown).toBe(true);
  ledger.tell({ type: "turn_ended", turn: 1 });
  const bytes = Uint8Array.of(1, 2);
  ledger.show("in", { type: "wait", id: 1, cellId: "c" }, bytes, "cellgate.v1.json");
  ledger.show("out", { type: "ok", id: 1, seq: 9 }, bytes, "cellgate.v1.json", 77);
  expect([events.told, frames.told, events.shown]).toEqual([["turn_ended"], ["turn_ended"], []]);
  const subprotocol = "cellgate.v1.json";
  expect(frames.shown).toEqual([
    { direction: "in", tag: "wait", cellId: "c", seq: undefined, sizeBytes: 2, subprotocol, bytes },
    { direction: "out", tag: "ok", cellId: undefined, seq: 9, sizeBytes: 77, subprotocol, bytes },
  ]);
  stop();
  stopFrames();
  ledger.tell({ type: "turn_ended", turn: 2 });
  ledger.show("out", { type: "ok", id: 2, seq: 10 }, bytes, subprotocol);
  expect([events.told.length, frames.told.length, frames.shown.length, ledger.isWatched, ledger.isShown]).toEqual([
    1,
    1,
    2,
    false,
    false,
  ]);
});

test("how the latest socket was closed is remembered, and told", () => {
  const { ledger } = setUp();
  const witness = new RecordingWitness(false);
  ledger.watch(witness);
  ledger.cut(1, 4440, "silent");
  ledger.cut(1, 1000, "");
  expect([ledger.lastClose, witness.told]).toEqual([{ code: 1000, reason: "", atMs: 7 }, ["turn_cut", "turn_cut"]]);
});

test("the end of the session is the last that is told", () => {
  const { ledger } = setUp();
  const witness = new RecordingWitness(true);
  ledger.watch(witness);
  ledger.gone();
  ledger.tell({ type: "turn_ended", turn: 1 });
  ledger.show("out", { type: "ok", id: 1, seq: 1 }, Uint8Array.of(), "cellgate.v1.json");
  expect([witness.told, witness.shown, ledger.isShown]).toEqual([["gone"], [], false]);
});
