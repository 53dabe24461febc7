import { describe, expect, test } from "vitest";
import { historyOf } from "../../../client/dashboard/model/frame-history.ts";
import type { SeenFrame } from "../../../client/dashboard/model/seen-frame.ts";
import { traceAgain, traceText } from "../../../client/dashboard/model/trace-frames.ts";
import { traceSessions } from "../../../client/dashboard/model/trace-sessions.ts";
import { parseTrace, type Trace } from "../../../client/trace.ts";
import { logLine } from "../../../client/dashboard/model/log-text.ts";
import { seen, sessionOf } from "./session-events.ts";

const frames: SeenFrame[] = [
  seen(1, "in", { type: "hello", client: { name: "agent", version: "2" } }),
  seen(2, "out", { type: "welcome", turn: 3, resumed: false }),
  seen(3, "in", { type: "execute", id: 1, source: "text(1);", toolCallId: "t" }),
  seen(4, "out", { type: "started", id: 1, cellId: "c", seq: 1 }),
  seen(5, "out", { type: "tool_call", callId: "k", cellId: "c", name: "search", kind: "function", seq: 2 }),
  seen(6, "in", { type: "tool_error", callId: "k", message: "no", code: "not_found" }),
  seen(9, "out", {
    type: "result",
    id: 1,
    cellId: "c",
    content: [{ type: "text", text: "1" }],
    error: { code: "script_error", message: "no", line: 1 },
    seq: 3,
  }),
];

/** The frames of a trace of one session. */
const framesOf = (trace: Trace) => traceSessions(trace)[0].frames;

const textOf = (pieces: Iterable<string>) => [...pieces].join("");

/** What is shown of a frame, and its bytes. */
const shown = (frame: SeenFrame) => ({ ...frame, decode: undefined, bytes: frame.bytes && [...frame.bytes] });

describe("an exported trace", () => {
  test("shows the same frames when it is opened", () => {
    const trace = parseTrace(textOf(traceText("s", frames)));
    expect(trace.header).toMatchObject({ sessionId: "s", recordedBy: "cellgate dashboard" });
    expect(framesOf(trace).map(shown)).toEqual(frames.map(shown));
    expect(framesOf(trace).map((frame) => frame.decode())).toEqual(frames.map((frame) => frame.decode()));
  });

  test("is the same file when it is exported again", () => {
    const text = textOf(traceText("s", frames));
    expect(textOf(traceAgain(parseTrace(text)))).toBe(text);
  });

  test("counts the sockets from each hello", () => {
    const twice = [seen(0, "in", { type: "ping" }), ...frames, ...frames];
    const { lines } = parseTrace(textOf(traceText("s", twice)));
    expect(lines.map(({ socket }) => socket)).toEqual([1, ...frames.map(() => 2), ...frames.map(() => 3)]);
  });

  test("says how large a frame was whose bytes were left out", () => {
    const large: SeenFrame = { ...frames[6]!, bytes: undefined, sizeBytes: 5_000_000, decode: () => undefined };
    const [frame] = framesOf(parseTrace(textOf(traceText("s", [large]))));
    expect(frame).toMatchObject({ sizeBytes: 5_000_000, tag: "(left out)", bytes: undefined });
    expect(frame?.decode()).toBeUndefined();
  });

  test("is read in both subprotocols, whatever its frames hold", () => {
    const texts = [
      seen(1, "in", { type: "execute", id: 1, source: "text('ø € 😀')" }, "cellgate.v1.json"),
      seen(2, "in", { type: "execute", id: 1, source: "text('ø € 😀')" }),
    ];
    const read = framesOf(parseTrace(textOf(traceText("s", texts))));
    expect(read.map((frame) => frame.decode())).toEqual(texts.map((frame) => frame.decode()));
  });
});

test("Bytes that are no frame are listed, with what is wrong with them", () => {
  const bytes = btoa("no JSON");
  const line = { atMs: 1, direction: "in", subprotocol: "cellgate.v1.json", bytes };
  const [frame] = framesOf(parseTrace(`{"type":"cellgate.trace","version":1}\n${JSON.stringify(line)}\n`));
  expect(frame?.tag).toMatch(/^\(.*JSON/);
  expect(() => frame?.decode()).toThrow();
});

describe("what frames tell of a session", () => {
  const history = (...all: SeenFrame[]) => sessionOf(...historyOf(all));
  /** What its log says of cells. */
  const told = (...all: SeenFrame[]) => {
    const model = history(...all);
    const lines = Array.from(model.log, (entry) => logLine(entry, model));
    return lines.filter(({ kind }) => kind === "cell").map(({ text, isBad }) => `${text}${isBad ? "!" : ""}`);
  };

  test("is its cells, with their source, calls, content and end", () => {
    const model = history(...frames);
    expect(model.cells).toMatchObject([
      { cellId: "c", source: "text(1);", toolCallId: "t", turn: 3, phase: "failed", acceptedAtMs: 4, endedAtMs: 9 },
    ]);
    expect(model.cell("c")).toMatchObject({ error: { line: 1 }, contentFrames: [6] });
    expect(model.call("k")).toMatchObject({
      tool: "search",
      madeAtMs: 5,
      endedAtMs: 6,
      ending: "failed",
      code: "not_found",
    });
  });

  test("is that a cell ended when nobody waited, and later how", () => {
    const model = history(
      ...frames.slice(0, 4),
      seen(5, "out", { type: "cell_finished", cellId: "c", ok: false, seq: 2 }),
      seen(8, "out", { type: "result", id: 2, cellId: "c", content: [], error: { code: "cpu_limit", message: "" } }),
    );
    expect(model.cell("c")).toMatchObject({ endedAtMs: 5, ending: "cpu_limit" });
  });

  test("is when a cell ended, and how, once: also where that is told by what is taken later", () => {
    const finished = seen(7, "out", { type: "cell_finished", cellId: "c", ok: false, seq: 2 });
    const begin = ["accepted, 8 B of source", "runs"];
    expect(told(...frames.slice(0, 4), finished)).toEqual([
      ...begin,
      "ended after 3.0 ms, and nobody took its outcome",
    ]);
    const terminated = seen(9, "out", { type: "terminated", id: 2, cellId: "c", content: [], seq: 3 });
    expect(told(...frames.slice(0, 4), finished, terminated)).toEqual([...begin, "ended after 3.0 ms: terminated"]);
    expect(told(...frames)).toEqual([...begin, "failed after 5.0 ms: script_error: no!"]);
  });

  test("is that a turn goes on after a gap, with the requests that were asked before", () => {
    const model = history(
      ...frames.slice(0, 3),
      seen(4, "out", { type: "welcome", turn: 3, resumed: false }),
      seen(5, "out", { type: "started", id: 1, cellId: "c", seq: 1 }),
    );
    expect(model.cell("c")).toMatchObject({ source: "text(1);", turn: 3 });
    expect(Array.from(model.log, ({ type }) => type).slice(0, 2)).toEqual(["turn_opened", "turn_resumed"]);
  });

  test("is each call once, however often it was offered", () => {
    const call = (attempt?: number) => {
      return seen(5, "out", { type: "tool_call", callId: "k", cellId: "c", name: "search", kind: "function", attempt });
    };
    const model = history(...frames.slice(0, 4), call(), call(2), frames[5]!, call(3));
    expect(model.cell("c")?.calls.length).toBe(1);
    expect(model.call("k")?.ending).toBe("failed");
  });

  test("is nothing of a cell that was not found", () => {
    const error = { code: "cell_not_found", message: "", reason: "unknown" };
    const model = history(seen(1, "out", { type: "result", id: 1, cellId: "x", content: [], error }));
    expect(model.cells).toEqual([]);
  });
});
