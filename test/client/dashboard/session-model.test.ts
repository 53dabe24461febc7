import { describe, expect, test } from "vitest";
import type { CellRecord } from "../../../client/dashboard/model/cell-record.ts";
import {
  accepted,
  answered,
  called,
  cellStatus,
  ended,
  seen,
  sessionOf,
  sessionStatus,
  snapshot,
  started,
} from "./session-events.ts";

const phases = (cells: readonly CellRecord[]) => cells.map(({ cellId, phase }) => `${cellId} ${phase}`);

describe("a cell", () => {
  test("goes through its phases as its events come", () => {
    const model = sessionOf(accepted(1, "c"));
    const cell = model.cell("c")!;
    expect(cell.phase).toBe("queued");
    model.hear(started(2, "c"));
    expect(cell.phase).toBe("running");
    model.hear(called(3, "c", "k1"));
    model.hear(called(4, "c", "k2"));
    expect(cell.phase).toBe("waiting");
    model.hear(answered(5, "c", "k2"));
    expect(cell.phase).toBe("waiting");
    model.hear(answered(6, "c", "k1"));
    expect(cell.phase).toBe("running");
    model.hear(ended(7, "c"));
    expect(cell.phase).toBe("finished");
    expect(cell.waits.list).toEqual([{ fromMs: 3, toMs: 6 }]);
    expect([cell.acceptedAtMs, cell.startedAtMs, cell.endedAtMs]).toEqual([1, 2, 7]);
  });

  test.each([
    ["ok", "finished"],
    ["terminated", "terminated"],
    ["script_error", "failed"],
    ["executor_lost", "failed"],
  ] as const)("that ended with %s is %s", (ending, phase) => {
    expect(sessionOf(accepted(1, "c"), ended(2, "c", ending)).cell("c")?.phase).toBe(phase);
  });

  test("has yielded from the answer that says so until somebody waits again", () => {
    const model = sessionOf(
      accepted(1, "c"),
      started(2, "c"),
      seen(3, "out", { type: "yielded", cellId: "c", id: 1, content: [] }),
    );
    const cell = model.cell("c")!;
    expect(cell.phase).toBe("yielded");
    model.hear(seen(5, "in", { type: "wait", cellId: "c", id: 2 }));
    expect(cell.phase).toBe("running");
    model.hear(seen(6, "out", { type: "yielded", cellId: "c", id: 2, content: [] }));
    model.hear(ended(8, "c"));
    expect(cell.yields.list).toEqual([
      { fromMs: 3, toMs: 5 },
      { fromMs: 6, toMs: 8 },
    ]);
  });

  test("takes its open calls with it when it ends", () => {
    const model = sessionOf(accepted(1, "c"), started(1, "c"), called(2, "c", "k"), ended(4, "c", "terminated"));
    expect(model.call("k")).toMatchObject({ endedAtMs: 4 });
    model.hear(answered(4, "c", "k", "cancelled"));
    expect(model.call("k")).toMatchObject({ endedAtMs: 4, ending: "cancelled" });
    expect(model.cell("c")?.openCalls).toBe(0);
  });

  test("that is not known is ignored, whatever is said of it", () => {
    const model = sessionOf(started(1, "x"), called(2, "x", "k"), answered(3, "x", "k"), ended(4, "x"));
    expect(model.cells).toEqual([]);
    expect(model.log.length).toBe(4);
  });
});

describe("a snapshot", () => {
  test("tells of cells from before the watch, and their calls may end without having been seen", () => {
    const model = sessionOf(
      snapshot(100, [
        cellStatus("b", { ageMs: 20, openCalls: 2 }),
        cellStatus("a", { ageMs: 50, state: "finished" }),
        cellStatus("q", { ageMs: 10, state: "queued" }),
      ]),
    );
    expect(phases(model.cells)).toEqual(["a finished", "b waiting", "q queued"]);
    expect(model.cell("b")).toMatchObject({ acceptedAtMs: 80, source: undefined });
    model.hear(answered(110, "b", "unseen"));
    model.hear(answered(120, "b", "unseen too"));
    expect(model.cell("b")?.phase).toBe("running");
  });

  test("after a gap ends what is no longer there, and keeps what was known of the others", () => {
    const model = sessionOf(
      snapshot(0),
      accepted(1, "gone"),
      accepted(2, "here", "text(2);"),
      started(3, "here"),
      { type: "gap", atMs: 10 },
      snapshot(20, [cellStatus("here", { ageMs: 18 }), cellStatus("new", { ageMs: 5 })]),
    );
    expect(phases(model.cells)).toEqual(["gone finished", "here running", "new running"]);
    expect(model.cell("here")).toMatchObject({ source: "text(2);", startedAtMs: 3 });
    expect(model.cell("gone")).toMatchObject({ endedAtMs: 20, ending: undefined });
  });

  test("after a gap begins and ends the waits of a cell when it tells of them, and leaves its earlier ones", () => {
    const model = sessionOf(
      accepted(1, "waits"),
      started(2, "waits"),
      called(3, "waits", "k1"),
      answered(5, "waits", "k1"),
      accepted(6, "ran"),
      started(7, "ran"),
      called(8, "ran", "k2"),
      { type: "gap", atMs: 10 },
      snapshot(20, [
        cellStatus("waits", { ageMs: 19, openCalls: 1 }),
        cellStatus("ran", { ageMs: 14 }),
        cellStatus("new", { ageMs: 9, openCalls: 1 }),
      ]),
    );
    expect(model.cells.map(({ cellId, waits }) => [cellId, waits.list])).toEqual([
      ["waits", [{ fromMs: 3, toMs: 5 }, { fromMs: 20 }]],
      ["ran", [{ fromMs: 8, toMs: 20 }]],
      ["new", [{ fromMs: 11 }]],
    ]);
  });
});

test("What a cell stores is known before and after", () => {
  const model = sessionOf(snapshot(0, [], { kept: "1", gone: '"x"' }), accepted(1, "c"), {
    type: "values",
    atMs: 2,
    cellId: "c",
    writes: { kept: "2", gone: null, new: "[]" },
  });
  expect(model.cell("c")?.changes).toEqual([
    { key: "kept", before: "1", after: "2" },
    { key: "gone", before: '"x"', after: null },
    { key: "new", before: undefined, after: "[]" },
  ]);
  expect([...model.values]).toEqual([
    ["kept", "2"],
    ["new", "[]"],
  ]);
});

test("A session that is gone has no live cells", () => {
  const model = sessionOf(accepted(1, "c"), started(1, "c"), { type: "session_gone", atMs: 9, sessionId: "s" });
  expect(model.isGone).toBe(true);
  expect(model.cell("c")?.endedAtMs).toBe(9);
});

test("A session that is gone stands as it stood last, and one that was not heard of yet does not stand", () => {
  const model = sessionOf();
  model.stands(sessionStatus);
  expect(model.status).toBeUndefined();
  model.hear(snapshot(1));
  model.stands({ ...sessionStatus, cells: 7 });
  model.hear({ type: "session_gone", atMs: 9, sessionId: "s" });
  expect(model.status).toMatchObject({ cells: 7 });
});

test("What its own watch told of it counts where nobody says any more how it stands", () => {
  const model = sessionOf(snapshot(1), accepted(2, "first"), accepted(3, "second"));
  model.stands({ ...sessionStatus, cells: 1, liveCells: 1 });
  expect(model.status).toMatchObject({ cells: 2, liveCells: 1 });
  model.hear({ type: "session_gone", atMs: 9, sessionId: "s" });
  expect(model.status).toMatchObject({ cells: 2, liveCells: 0 });
});

test("Notifications stand in the log, other frames do not", () => {
  const model = sessionOf(
    seen(1, "out", { type: "notify", cellId: "c", text: "half done", seq: 1 }),
    seen(2, "in", { type: "ack", seq: 1 }),
  );
  expect(Array.from(model.log, ({ type }) => type)).toEqual(["frame"]);
  expect(model.frames.length).toBe(2);
  expect([...model.tags]).toEqual([
    ["notify", 1],
    ["ack", 1],
  ]);
});

test("Frames are found from a moment on", () => {
  const model = sessionOf(...[1, 3, 3, 7].map((atMs) => seen(atMs, "in", { type: "ping" })));
  const from = (atMs: number) => Array.from(model.framesFrom(atMs), (frame) => frame.atMs);
  expect([from(0), from(2), from(3), from(8)]).toEqual([[1, 3, 3, 7], [3, 3, 7], [3, 3, 7], []]);
});

describe("of too much", () => {
  test("the oldest cells that are over are forgotten, and no live one", () => {
    const model = sessionOf(accepted(0, "live"), started(0, "live"));
    for (let count = 0; count < 25_000; count++) {
      model.hear(accepted(count, `c${count}`));
      model.hear(called(count, `c${count}`, `k${count}`));
      model.hear(ended(count, `c${count}`));
    }
    expect(model.cells.length).toBeLessThanOrEqual(20_000);
    expect(model.cell("live")?.phase).toBe("running");
    expect([model.cell("c0"), model.call("k0")]).toEqual([undefined, undefined]);
    expect(model.cell("c24999")?.phase).toBe("finished");
  });

  test("the oldest calls are forgotten, of one cell too", () => {
    const model = sessionOf(accepted(0, "c"), started(0, "c"));
    for (let count = 0; count < 100_010; count++) {
      model.hear(called(count, "c", `k${count}`));
      model.hear(answered(count, "c", `k${count}`));
    }
    expect(model.cell("c")?.calls).toMatchObject({ length: 100_000, first: 10 });
    expect([model.call("k9"), model.call("k10")?.callId]).toEqual([undefined, "k10"]);
    expect(model.cell("c")!.waits.list.length).toBeLessThan(5_000);
  });
});

test("A frame is of its cell also where it does not name it", () => {
  const execute = seen(1, "in", { type: "execute", id: 1, source: "" });
  const other = seen(1, "in", { type: "execute", id: 2, source: "" });
  const result = seen(5, "in", { type: "tool_result", callId: "k" });
  const model = sessionOf(
    execute,
    other,
    accepted(2, "c"),
    seen(2, "out", { type: "started", id: 1, cellId: "c" }),
    called(3, "c", "k"),
    result,
  );
  expect(model.cellOfFrame(execute)).toBe("c");
  expect(model.cellOfFrame(other)).toBeUndefined();
  expect(model.cellOfFrame(result)).toBe("c");
  expect(model.cellOfFrame(seen(6, "in", { type: "tool_result", callId: "unknown" }))).toBeUndefined();
  expect(model.cellOfFrame(seen(6, "in", { type: "ping" }))).toBeUndefined();
});
