import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Outcome } from "../../client/outcome.ts";
import type { ContentItem } from "../../src/protocol/values.ts";
import { ResumingTurn } from "./resuming-turn.ts";

const text = (text: string): ContentItem => ({ type: "text", text });

let fixture: ResumingTurn;

beforeEach(() => {
  vi.useFakeTimers();
  fixture = new ResumingTurn();
});

afterEach(() => {
  vi.useRealTimers();
});

describe("after a cut", () => {
  test("the turn is resumed from the last frame that came", async () => {
    fixture.gateway.say({ type: "cell_finished", cellId: "c", ok: true });
    fixture.gateway.say({ type: "cell_finished", cellId: "d", ok: true });
    await fixture.cut();
    expect(fixture.dialer.dials.map(({ hello }) => hello)).toEqual([
      {
        type: "hello",
        sessionId: "session",
        sessionToken: "secret",
        turn: 3,
        lastSeq: 2,
        client: { name: "me", version: "1" },
      },
    ]);
  });

  test("an execute goes on: it is asked again under its id, and answered once", async () => {
    const started: string[] = [];
    const outcome = fixture.turn.execute("1", { toolCallId: "t", onStarted: (id) => started.push(id) });
    fixture.gateway.say({ type: "started", id: 1, cellId: "c" });
    await fixture.cutAndResume();
    expect(fixture.gateway.sent).toEqual([{ type: "execute", id: 1, source: "1", toolCallId: "t" }]);
    fixture.gateway.say({ type: "result", id: 1, cellId: "c", content: [text("a")] });
    expect((await outcome).text).toBe("a");
    expect(started).toEqual(["c"]);
    await fixture.cutAndResume();
    expect(fixture.gateway.sent).toEqual([]);
  });

  test("everything that was asked and not answered is asked again, in order, with what was said of it since", async () => {
    void fixture.turn.execute("1");
    void fixture.turn.listCells();
    const waiting = new AbortController();
    const wait = fixture.turn.wait("c", { signal: waiting.signal });
    fixture.gateway.say({ type: "cells", id: 2, cells: [] });
    waiting.abort(new Error("enough"));
    fixture.gateway.say({ type: "started", id: 1, cellId: "d" });
    fixture.turn.yieldNow("d");
    await fixture.cutAndResume();
    expect(fixture.gateway.sent).toEqual([
      { type: "execute", id: 1, source: "1" },
      { type: "yield", id: 1 },
      { type: "wait", id: 3, cellId: "c" },
      { type: "cancel", id: 3 },
    ]);
    fixture.gateway.say({ type: "error", id: 3, code: "cancelled", message: "" });
    await expect(wait).rejects.toThrow("enough");
  });

  test("ids count on", async () => {
    void fixture.turn.listCells();
    await fixture.cutAndResume();
    void fixture.turn.listCells();
    expect(fixture.gateway.all("list_cells").map(({ id }) => id)).toEqual([1, 2]);
  });

  test("frames that came before do not count twice", async () => {
    const finished: string[] = [];
    fixture = new ResumingTurn({}, { onCellFinished: ({ cellId }) => finished.push(cellId) });
    const wait = fixture.turn.wait("c");
    fixture.gateway.say({ type: "cell_finished", cellId: "a", ok: true });
    fixture.gateway.say({ type: "content", id: 1, cellId: "c", content: [text("a")] });
    await fixture.cutAndResume();
    fixture.gateway.seq = 0;
    fixture.gateway.say({ type: "cell_finished", cellId: "a", ok: true });
    fixture.gateway.say({ type: "content", id: 1, cellId: "c", content: [text("a")] });
    fixture.gateway.say({ type: "cell_finished", cellId: "b", ok: true });
    fixture.gateway.say({ type: "result", id: 1, cellId: "c", content: [text("b")] });
    expect((await wait).text).toBe("a\nb");
    expect(finished).toEqual(["a", "b"]);
  });

  test("what the hello acknowledged is not acknowledged again", async () => {
    fixture.gateway.say({ type: "cell_finished", cellId: "a", ok: true });
    await fixture.cutAndResume();
    await vi.advanceTimersByTimeAsync(100);
    expect(fixture.gateway.sent).toEqual([]);
    fixture.gateway.say({ type: "cell_finished", cellId: "b", ok: true });
    await vi.advanceTimersByTimeAsync(10);
    expect(fixture.gateway.sent).toEqual([{ type: "ack", seq: 2 }]);
  });

  test("a pong that was lost is asked for again", async () => {
    const pongs: number[] = [];
    void fixture.turn.ping().then(() => pongs.push(1));
    void fixture.turn.ping().then(() => pongs.push(2));
    fixture.gateway.deliver({ type: "pong", received: 1 });
    await fixture.cutAndResume();
    expect(fixture.gateway.sent).toEqual([{ type: "ping" }]);
    expect(pongs).toEqual([1]);
    fixture.gateway.deliver({ type: "pong", received: 3 });
    await vi.advanceTimersByTimeAsync(0);
    expect(pongs).toEqual([1, 2]);
  });

  test("another cut, and another, are survived too", async () => {
    const outcome = fixture.turn.execute("1");
    for (let cuts = 0; cuts < 20; cuts++) await fixture.cutAndResume();
    fixture.gateway.say({ type: "started", id: 1, cellId: "c" });
    fixture.gateway.say({ type: "result", id: 1, cellId: "c", content: [] });
    expect((await outcome).type).toBe("result");
  });
});

describe("where frames were missed", () => {
  test("numbers go on from where the gateway says", async () => {
    fixture.gateway.say({ type: "cell_finished", cellId: "a", ok: true });
    const outcome = fixture.turn.execute("1");
    await fixture.cutAndResume({ resumed: false, seq: 40 });
    fixture.gateway.say({ type: "started", id: 1, cellId: "c" });
    expect(fixture.gateway.seq).toBe(41);
    await vi.advanceTimersByTimeAsync(10);
    expect(fixture.gateway.sent.at(-1)).toEqual({ type: "ack", seq: 41 });
    fixture.gateway.say({ type: "result", id: 1, cellId: "c", content: [] });
    await outcome;
  });

  test("an execute that has started is told so again, and hears of it once", async () => {
    const started: string[] = [];
    const outcome = fixture.turn.execute("1", { onStarted: (id) => started.push(id) });
    fixture.gateway.say({ type: "started", id: 1, cellId: "c" });
    fixture.gateway.say({ type: "content", id: 1, cellId: "c", content: [text("a")] });
    await fixture.cutAndResume({ resumed: false, seq: 7 });
    fixture.gateway.say({ type: "started", id: 1, cellId: "c" });
    fixture.gateway.say({ type: "result", id: 1, cellId: "c", content: [text("b")] });
    expect((await outcome).text).toBe("a\nb");
    expect(started).toEqual(["c"]);
  });
});

describe("content in several frames (rule O3)", () => {
  const say = (type: "content" | "result", items: ContentItem[], more?: true) => {
    const frame = { id: 1, cellId: "c", content: items };
    fixture.gateway.say(type === "result" ? { ...frame, type } : { ...frame, type, more });
  };
  let heard: ContentItem[][];
  let outcome: Promise<Outcome>;

  beforeEach(() => {
    heard = [];
    outcome = fixture.turn.wait("c", { onContent: (items) => heard.push(items) });
  });

  test("is given when the last of them has come", async () => {
    say("content", [text("a")], true);
    say("content", [{ type: "text", text: "b", more: true }], true);
    expect(heard).toEqual([]);
    say("content", [text("c"), text("d")]);
    expect(heard).toEqual([[text("a"), text("bc"), text("d")]]);
    say("content", [text("e")], true);
    say("result", [text("f")]);
    expect(heard).toEqual([
      [text("a"), text("bc"), text("d")],
      [text("e"), text("f")],
    ]);
    expect((await outcome).content).toEqual(heard.flat());
  });

  test("goes on after a cut", async () => {
    say("content", [text("a"), { type: "text", text: "b", more: true }], true);
    await fixture.cutAndResume();
    say("result", [text("c")]);
    expect((await outcome).content).toEqual([text("a"), text("bc")]);
  });

  test("comes again where frames were missed, and what came of it is dropped; what was whole is not", async () => {
    say("content", [text("whole")]);
    say("content", [text("a"), { type: "text", text: "b", more: true }], true);
    await fixture.cutAndResume({ resumed: false, seq: 9 });
    say("content", [text("a"), { type: "text", text: "b", more: true }], true);
    say("result", [text("c")]);
    expect((await outcome).content).toEqual([text("whole"), text("a"), text("bc")]);
    expect(heard).toEqual([[text("whole")], [text("a"), text("bc")]]);
  });
});

describe("a frame that was too large for something on the way", () => {
  test("is not sent again, and its request rejects; the others are", async () => {
    const small = fixture.turn.listCells();
    const large = fixture.turn.execute("x".repeat(1_000)).catch((error: unknown) => error);
    void fixture.turn.execute("y".repeat(100));
    await fixture.cut(1009);
    fixture.resume({ received: 1 });
    expect(await large).toMatchObject({ name: "UnsentError", code: "frame_too_big", retryable: false });
    expect(fixture.gateway.sent).toMatchObject([{ type: "list_cells" }, { type: "execute", id: 3 }]);
    fixture.gateway.say({ type: "cells", id: 1, cells: [] });
    await small;
  });

  test("is none of those that arrived, however large they are", async () => {
    void fixture.turn.execute("x".repeat(1_000));
    const culprit = fixture.turn.execute("y".repeat(100)).catch((error: unknown) => error);
    await fixture.cut(1009);
    fixture.resume({ received: 1 });
    expect(await culprit).toMatchObject({ code: "frame_too_big" });
    expect(fixture.gateway.sent).toMatchObject([{ type: "execute", id: 1 }]);
  });

  test("is none at all where all have arrived", async () => {
    void fixture.turn.execute("x".repeat(1_000));
    await fixture.cut(1009);
    fixture.resume({ received: 1 });
    expect(fixture.gateway.sent).toHaveLength(1);
  });
});

describe("the states", () => {
  test("tell of the cut, of the tries, and of the way back", async () => {
    const followed = Array.fromAsync(fixture.turn.states());
    expect(fixture.turn.state).toBe("open");
    fixture.gateway.end(1006);
    expect(fixture.turn.state).toBe("lost");
    await vi.advanceTimersByTimeAsync(100);
    expect(fixture.turn.state).toBe("connecting");
    fixture.dialer.latest.fail(new Error("no"));
    await vi.advanceTimersByTimeAsync(200);
    fixture.resume();
    expect(fixture.turn.state).toBe("resumed");
    await fixture.cutAndResume({ resumed: false });
    await fixture.turn.close();
    expect(fixture.turn.state).toBe("closed");
    const retryMs = expect.any(Number);
    expect(fixture.events).toMatchObject([
      { state: "connecting", attempt: 1 },
      { state: "open" },
      { state: "lost", closure: { code: 1006 }, retryMs },
      { state: "connecting", attempt: 1 },
      { state: "lost", closure: { code: 1006, cause: new Error("no") }, retryMs },
      { state: "connecting", attempt: 2 },
      { state: "resumed", complete: true },
      { state: "lost", closure: { code: 1006 }, retryMs },
      { state: "connecting", attempt: 1 },
      { state: "resumed", complete: false },
      { state: "closed", closure: { code: 1000 } },
    ]);
    expect(await followed).toEqual(fixture.events.slice(1));
  });
});
