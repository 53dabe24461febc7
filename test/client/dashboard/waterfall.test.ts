import { describe, expect, test } from "vitest";
import { callBar, cellBars } from "../../../client/dashboard/model/bars.ts";
import { filterCells, Waterfall } from "../../../client/dashboard/model/waterfall.ts";
import { accepted, answered, called, ended, seen, sessionOf, started } from "./session-events.ts";

const session = () =>
  sessionOf(
    accepted(0, "a", "text('first');"),
    started(10, "a"),
    called(20, "a", "a1", "search"),
    called(25, "a", "a2", "fetch"),
    answered(30, "a", "a1"),
    answered(50, "a", "a2", "failed"),
    ended(60, "a", "script_error"),
    accepted(5, "b"),
    accepted(7, "c"),
    started(8, "c"),
    called(9, "c", "c1"),
  );

/** What stands in each row: the cell, or the call. */
const rowsOf = (waterfall: Waterfall) =>
  Array.from({ length: waterfall.count }, (_, index) => {
    const row = waterfall.row(index);
    return row?.type === "call" ? row.call.callId : row?.cell.cellId;
  });

describe("the rows of the waterfall", () => {
  test("are the cells, and beneath an open one its calls", () => {
    const { cells } = session();
    expect(rowsOf(new Waterfall(cells, new Set()))).toEqual(["a", "b", "c"]);
    expect(rowsOf(new Waterfall(cells, new Set(["a"])))).toEqual(["a", "a1", "a2", "b", "c"]);
    expect(rowsOf(new Waterfall(cells, new Set(["b", "c"])))).toEqual(["a", "b", "c", "c1"]);
    expect(rowsOf(new Waterfall(cells, new Set(["a", "c", "unknown"])))).toEqual(["a", "a1", "a2", "b", "c", "c1"]);
  });

  test("are found by the id of their cell", () => {
    const waterfall = new Waterfall(session().cells, new Set(["a", "c"]));
    expect(["a", "b", "c", "x"].map((cellId) => waterfall.rowOf(cellId))).toEqual([0, 3, 4, -1]);
  });

  test("beyond the last there is none", () => {
    expect(new Waterfall(session().cells, new Set(["c"])).row(4)).toBeUndefined();
    expect(new Waterfall([], new Set()).row(0)).toBeUndefined();
  });
});

describe("the filter", () => {
  const found = (text: string, phase?: "failed" | "waiting" | "queued") =>
    filterCells(session().cells, { text, phase }).map(({ cellId }) => cellId);

  test("finds cells by their phase", () => {
    expect([found("", "failed"), found("", "queued"), found("", "waiting")]).toEqual([["a"], ["b"], ["c"]]);
  });

  test("finds cells by their source and by the tools that they called", () => {
    expect([found("first"), found("fetch"), found("search"), found("nothing")]).toEqual([["a"], ["a"], ["a", "c"], []]);
  });
});

describe("the bars of a cell", () => {
  const view = { fromMs: 0, toMs: 100 };

  test("say when it was queued, ran, waited, and had yielded", () => {
    const model = session();
    model.hear(seen(52, "out", { type: "yielded", cellId: "a", id: 1, content: [] }));
    expect(cellBars(model.cell("a")!, view, 100, 0)).toEqual([
      { kind: "queued", left: 0, width: 0.1 },
      { kind: "running", left: 0.1, width: 0.5 },
      { kind: "waiting", left: 0.2, width: 0.3 },
    ]);
  });

  test("go on to now while it is live", () => {
    const model = session();
    const bars = (cellId: string) => {
      return cellBars(model.cell(cellId)!, view, 40, 0).map(({ kind, left, width }) => [kind, left, left + width]);
    };
    expect(bars("b")).toEqual([["queued", 0.05, 0.4]]);
    expect(bars("c")).toEqual([
      ["queued", 0.07, 0.08],
      ["running", 0.08, 0.4],
      ["waiting", 0.09, 0.4],
    ]);
  });

  test("are cut at the edges of the view, and left out beyond them", () => {
    const cell = session().cell("a")!;
    expect(cellBars(cell, { fromMs: 40, toMs: 50 }, 100, 0)).toEqual([
      { kind: "running", left: 0, width: 1 },
      { kind: "waiting", left: 0, width: 1 },
    ]);
    expect(cellBars(cell, { fromMs: 200, toMs: 300 }, 400, 0)).toEqual([]);
  });

  test("are as wide as can be seen, and those between which no gap can be seen are one", () => {
    const model = sessionOf(accepted(0, "c"), started(0, "c"));
    for (let at = 0; at < 1_000; at += 2) {
      model.hear(called(at, "c", `k${at}`));
      model.hear(answered(at + 1, "c", `k${at}`));
    }
    model.hear(called(5_000, "c", "late"));
    model.hear(answered(5_001, "c", "late"));
    const waiting = cellBars(model.cell("c")!, { fromMs: 0, toMs: 10_000 }, 10_000, 0.01).filter(
      ({ kind }) => kind === "waiting",
    );
    expect(waiting).toEqual([
      { kind: "waiting", left: 0, width: 0.0999 },
      { kind: "waiting", left: 0.5, width: 0.01 },
    ]);
  });

  test("of a call say how it ended", () => {
    const model = session();
    expect(callBar(model.call("a2")!, view, 100, 0)).toEqual({ kind: "failed", left: 0.25, width: 0.25 });
    expect(callBar(model.call("c1")!, view, 19, 0)?.kind).toBe("open");
    expect(callBar(model.call("a2")!, { fromMs: 60, toMs: 70 }, 100, 0)).toBeUndefined();
  });
});
