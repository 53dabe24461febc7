import { expect, test } from "vitest";
import { ClosedCells } from "../../src/session/closed-cells.ts";

test.each([
  ["taken", "already_taken"],
  ["expired", "expired"],
  ["session_ended", "expired"],
] as const)("C8: a cell that was closed as %s is remembered as %s", (reason, expected) => {
  const closed = new ClosedCells(2);
  closed.add("a", reason);
  expect(closed.reasonFor("a")).toBe(expected);
});

test("C8: a cell that was never closed is unknown", () => {
  expect(new ClosedCells(2).reasonFor("a")).toBe("unknown");
});

test("C8: past the bound the cell that was closed first is forgotten", () => {
  const closed = new ClosedCells(2);
  for (const cellId of ["a", "b", "c"]) closed.add(cellId, "taken");
  expect(["a", "b", "c"].map((cellId) => closed.reasonFor(cellId))).toEqual([
    "unknown",
    "already_taken",
    "already_taken",
  ]);
});
