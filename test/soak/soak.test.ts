import { expect, test } from "vitest";
import { cellKindAt, HOSTILE_EVERY, everyday, hostile } from "./cell-kinds.ts";
import { courseOf } from "./course.ts";
import { soak } from "./soak.ts";
import { Tally } from "./tally.ts";

test("in a short soak every cell is answered, and the gateway holds no more at its end than after the warm-up", async () => {
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  const { cells, ends, problems } = await soak({
    durationMs: 10_000,
    cells: 100_000,
    warmUpMs: 5_000,
    sampleMs: 5_000,
    // A gateway is warm after a minute or so; what grows with each cell is seen in the long soak.
    growth: 1.3,
    print,
  });
  console.log(lines.join("\n"));
  expect(problems).toEqual([]);
  expect(cells).toBeGreaterThan(everyday.length);
  expect([...ends.keys()]).toEqual(expect.arrayContaining(["result", "script_error", "syntax_error", "terminated"]));
}, 90_000);

test("of memory that goes up and down the soak sees where it goes", () => {
  const saw = (slope: number) => Array.from({ length: 50 }, (_, at) => 220 + (at % 7) * 5 + at * slope);
  const growth = (slope: number) => courseOf(saw(slope)).to / courseOf(saw(slope)).from;
  expect(growth(0)).toBeLessThan(1.05);
  expect(growth(1)).toBeGreaterThan(1.15);
  expect(courseOf([3, 9, 5])).toEqual({ from: 3, to: 5 });
});

test("a soak has every kind of cell, and one hostile in fifty", () => {
  const kinds = Array.from({ length: HOSTILE_EVERY * hostile.length }, (_, count) => cellKindAt(count));
  expect(new Set(kinds)).toEqual(new Set([...everyday, ...hostile]));
  expect(kinds.filter((kind) => hostile.includes(kind))).toHaveLength(hostile.length);
});

test("a cell that ends otherwise than its kind is a problem of the soak, unless its process was the price of another", () => {
  const tally = new Tally();
  const [noOp] = everyday;
  tally.start(noOp!);
  tally.end(noOp!, "executor_lost", "gone");
  tally.start({ ...noOp!, costsProcess: true });
  tally.end(noOp!, "executor_lost", "gone");
  tally.end(noOp!, "script_error", "oops");
  expect(tally.problems).toEqual(["no-op ended with executor_lost: gone", "no-op ended with script_error: oops"]);
});
