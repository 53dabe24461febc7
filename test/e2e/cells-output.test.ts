import { describe, expect, test } from "vitest";
import { runningGateway, sharedGateway } from "../support/running-gateway.ts";
import { type Subprotocol, subprotocols } from "../support/raw-turn.ts";
import { CellTurn, textsOf } from "./cell-turn.ts";

const gateway = sharedGateway();
const MB = 1_000_000;

describe("O2: unread content is bounded", () => {
  const bounded = sharedGateway({ limits: { unreadBytes: 1_000, unreadItems: 20, unreadBytesPerSession: 3_000 } });

  test("in bytes: the head and the tail are kept, and a marker between them says what was left out", async () => {
    const turn = await CellTurn.open(bounded());
    const cell = await turn.startAndFinish(`for (let i = 100; i < 200; i++) text(String(i).padEnd(100, "x"))`);
    const wait = turn.wait(cell.cellId);
    const result = await turn.next("result", { id: wait });
    expect(result.error).toBeUndefined();
    const texts = textsOf(result.content).map((text) => text.replace(/x+$/, ""));
    expect(texts).toEqual([
      ..."100 101 102 103 104".split(" "),
      "…90 items (9000 bytes) left out: more was unread than is kept…",
      ..."195 196 197 198 199".split(" "),
    ]);
  });

  test("in items", async () => {
    const turn = await CellTurn.open(bounded());
    const cell = await turn.startAndFinish(`for (let i = 100; i < 200; i++) text(i)`);
    const wait = turn.wait(cell.cellId);
    const texts = textsOf((await turn.next("result", { id: wait })).content);
    expect(texts).toHaveLength(21);
    expect([texts[0], texts[9], texts[10], texts[11], texts[20]]).toEqual([
      "100",
      "109",
      "…80 items (240 bytes) left out: more was unread than is kept…",
      "190",
      "199",
    ]);
  });

  test("in bytes of all cells of a session, where what was not acknowledged counts", async () => {
    const turn = await CellTurn.open(bounded());
    const source = `for (let i = 0; i < 9; i++) text("x".repeat(100))`;
    const results = [await turn.run(source), await turn.run(source), await turn.run(source)];
    expect(results.map(({ content }) => content.length)).toEqual([9, 9, 9]);
    const fourth = textsOf((await turn.run(source)).content);
    expect(fourth.filter((text) => text.startsWith("…6 items (600 bytes) left out"))).toHaveLength(1);
    expect(fourth).toHaveLength(4);
    turn.raw.ack();
    expect((await turn.run(source)).content).toHaveLength(9);
  });

  test("an answer makes room again", async () => {
    const turn = await CellTurn.open(bounded());
    const source = `for (;;) { text("x".repeat(900)); await tools.hold() }`;
    let { callId, cellId } = await turn.startAndHold(source, { yieldMs: 0 });
    for (let round = 0; round < 5; round++) {
      const wait = turn.wait(cellId, { yieldMs: 0 });
      const yielded = await turn.next("yielded", { id: wait });
      expect(textsOf(yielded.content)).toEqual(["x".repeat(900)]);
      turn.raw.ack(yielded.seq);
      turn.release(callId);
      ({ callId } = await turn.next("tool_call"));
    }
  });
});

describe("O3: content and frames", () => {
  /** Runs a source and gives its texts, its joined frames, and how many frames they took. */
  async function runWhole(subprotocol: Subprotocol, source: string, stream: boolean) {
    const own = await runningGateway();
    const turn = await CellTurn.open(own, { subprotocol });
    const largest: number[] = [];
    turn.raw.socket.on("message", (data: Buffer) => largest.push(data.length));
    const result = await turn.run(source, { stream });
    expect(result.error).toBeUndefined();
    return { texts: turn.textsTo(result.id), tags: turn.tagsOf("id", result.id), largest: Math.max(...largest) };
  }

  const variants = subprotocols.flatMap((subprotocol) => [
    { subprotocol, stream: false },
    { subprotocol, stream: true },
  ]);

  test.for(variants)("a text of 10 MB arrives whole: $subprotocol, stream $stream", async ({ subprotocol, stream }) => {
    // Two bytes a character in UTF-8, and pieces must not be cut inside of one.
    const source = `text("before"); text("ä".repeat(${(10 * MB) / 2})); text("after")`;
    const { texts, tags, largest } = await runWhole(subprotocol, source, stream);
    expect(texts.map((text) => text.length)).toEqual([6, (10 * MB) / 2, 5]);
    expect(texts[1] === "ä".repeat((10 * MB) / 2)).toBe(true);
    expect(tags.filter((tag) => tag === "content").length).toBeGreaterThan(2);
    expect(largest).toBeLessThanOrEqual(4 * 1024 * 1024);
  });

  test.for(variants)("so does an image, and what is long as JSON: $subprotocol, stream $stream", async (variant) => {
    const { subprotocol, stream } = variant;
    // A control character is six bytes as JSON, an emoji two units that belong together.
    const source = `
      image("data:image/png;base64," + "A".repeat(${5 * MB}), "low");
      text("\\u0001".repeat(${MB}));
      text("😀".repeat(${MB / 2}))`;
    const { texts, tags, largest } = await runWhole(subprotocol, source, stream);
    expect(texts.map((text) => text.length)).toEqual([5 * MB + 22, MB, MB]);
    expect(texts[1] === "\u0001".repeat(MB)).toBe(true);
    expect(texts[2] === "😀".repeat(MB / 2)).toBe(true);
    expect(tags.filter((tag) => tag === "content").length).toBeGreaterThan(2);
    expect(largest).toBeLessThanOrEqual(4 * 1024 * 1024);
  });

  test("with stream: true content comes as it appears, for execute and for wait", async () => {
    const turn = await CellTurn.open(gateway());
    const source = `text("a"); await tools.hold(); text("b"); await tools.hold(); text("c")`;
    const cell = await turn.startAndHold(source, { stream: true });
    expect(textsOf((await turn.next("content", { id: cell.id })).content)).toEqual(["a"]);
    turn.raw.send({ type: "yield", id: cell.id });
    expect((await turn.next("yielded", { id: cell.id })).content).toEqual([]);
    turn.release(cell.callId);
    const { callId } = await turn.next("tool_call");
    const wait = turn.wait(cell.cellId, { stream: true });
    expect(textsOf((await turn.next("content", { id: wait })).content)).toEqual(["b"]);
    turn.release(callId);
    await turn.next("result", { id: wait });
    expect(turn.textsTo(wait)).toEqual(["b", "c"]);
  });

  test("what was streamed and not acknowledged is unread again for the next turn", async () => {
    const turn = await CellTurn.open(gateway());
    const source = `text("a"); await tools.hold(); text("b"); await tools.hold(); text("c"); await tools.hold()`;
    const cell = await turn.startAndHold(source, { stream: true });
    turn.raw.ack((await turn.next("content", { id: cell.id })).seq);
    turn.release(cell.callId);
    await turn.next("content", { id: cell.id });
    await turn.next("tool_call");
    await turn.raw.close();
    const later = await CellTurn.open(gateway(), { after: turn });
    const { callId } = await later.next("tool_call");
    later.release(callId);
    await later.next("tool_call");
    const wait = later.wait(cell.cellId, { yieldMs: 0 });
    expect(textsOf((await later.next("yielded", { id: wait })).content)).toEqual(["b", "c"]);
  });
});

test("C13: a host that does not read cannot delay the end of a cell", async () => {
  // One cell runs at once: that of another session gets its place as soon as the first has ended.
  const own = await runningGateway({ limits: { cells: 1 } });
  const [turn, other] = [await CellTurn.open(own), await CellTurn.open(own)];
  // More than the kernel's buffers take, and no more than may wait for a host.
  const source = `await tools.hold(); for (let i = 0; i < 15; i++) notify("n".repeat(${MB})); text("t")`;
  const cell = await turn.startAndHold(source);
  const queued = await other.start("1", { yieldMs: null });
  turn.raw.socket.pause();
  turn.release(cell.callId);
  await other.next("result", { id: queued.id });
  expect(turn.raw.tags).toEqual(["welcome", "started", "tool_call"]);
  turn.raw.socket.resume();
  expect(textsOf((await turn.next("result", { id: cell.id })).content)).toEqual(["t"]);
  // Those that had to wait come behind it.
  for (let i = 0; i < 15; i++) await turn.next("notify");
});
