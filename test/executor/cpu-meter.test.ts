import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { CpuMeter, type MeteredCell } from "../../src/executor/cpu-meter.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A cell whose readings are the test's. */
class ScriptedCell implements MeteredCell {
  ranMs: number;
  cpuMs = 0;
  isResting = false;
  samples = 0;

  constructor(ranMs = 0) {
    this.ranMs = ranMs;
  }

  charge(cpuMs: number): boolean {
    this.cpuMs += cpuMs;
    this.samples += 1;
    return !this.isResting;
  }
}

/** A meter of a process whose readings are the test's. */
function setUp() {
  const process = { cpuMs: 5_000 };
  const meter = new CpuMeter(() => process.cpuMs);
  /** A quarter of a second goes by, in which cells ran all the time, and the process had this much of the CPU. */
  const pass = (cpuMs: number, ...running: ScriptedCell[]) => {
    for (const cell of running) cell.ranMs += 250;
    process.cpuMs += cpuMs;
    vi.advanceTimersByTime(250);
  };
  const enter = <Cell extends ScriptedCell>(cell: Cell): Cell => {
    meter.enter(cell);
    return cell;
  };
  return { meter, process, pass, enter };
}

describe("B2: the CPU time of cells", () => {
  test("a cell that runs alone is charged what it ran", () => {
    const { pass, enter } = setUp();
    const cell = enter(new ScriptedCell());
    pass(250, cell);
    pass(260, cell);
    expect(cell.cpuMs).toBe(500);
  });

  test("eight loops on two cores are charged a quarter each", () => {
    const { pass, enter } = setUp();
    const cells = Array.from({ length: 8 }, () => enter(new ScriptedCell()));
    for (let second = 0; second < 4; second++) pass(500, ...cells);
    expect(cells.map(({ cpuMs }) => cpuMs)).toEqual(Array(8).fill(250));
  });

  test("what the process did beside the cells is charged to none of them", () => {
    const { pass, enter } = setUp();
    const cell = enter(new ScriptedCell());
    cell.ranMs += 10;
    pass(240);
    expect(cell.cpuMs).toBe(10);
  });

  test("what an isolate ran for an earlier cell is not charged to the next", () => {
    const { pass, enter } = setUp();
    const cell = enter(new ScriptedCell(70_000));
    pass(250, cell);
    expect(cell.cpuMs).toBe(250);
  });

  test("a cell that rests is not looked at until it runs again, and is charged nothing for the time between", () => {
    const { meter, pass, enter } = setUp();
    const [busy, resting] = [enter(new ScriptedCell()), enter(new ScriptedCell())];
    resting.isResting = true;
    pass(250, busy);
    for (let second = 0; second < 8; second++) pass(250, busy);
    expect([resting.samples, resting.cpuMs]).toEqual([1, 0]);
    resting.isResting = false;
    meter.enter(resting);
    meter.enter(resting);
    resting.ranMs += 30;
    pass(250, busy);
    expect(resting.samples).toBe(2);
    expect(resting.cpuMs).toBeCloseTo((30 * 250) / 280);
  });

  test("at its end a cell is charged what it ran since the last sample, by the scale of that", () => {
    const { meter, pass, enter } = setUp();
    const cells = [enter(new ScriptedCell()), enter(new ScriptedCell())] as const;
    pass(250, ...cells);
    cells[0].ranMs += 100;
    expect(meter.leave(cells[0])).toBe(50);
    expect(meter.leave(cells[0])).toBe(0);
    // It had its part in what the process did in that time.
    pass(250, cells[1]);
    expect(cells[1].cpuMs).toBeCloseTo(125 + (250 * 250) / 350);
  });

  test("a cell that ends before any sample is charged all that it ran", () => {
    const { meter, enter } = setUp();
    const cell = enter(new ScriptedCell(40));
    cell.ranMs += 7;
    expect(meter.leave(cell)).toBe(7);
  });

  test("the process's time while no cell ran is not taken for that of cells", () => {
    const { meter, process, pass, enter } = setUp();
    meter.leave(enter(new ScriptedCell()));
    process.cpuMs += 60_000;
    const cells = [enter(new ScriptedCell()), enter(new ScriptedCell())] as const;
    pass(250, ...cells);
    expect(cells.map(({ cpuMs }) => cpuMs)).toEqual([125, 125]);
  });

  test("there is a timer only while a cell runs", () => {
    const { meter, pass, enter } = setUp();
    expect(vi.getTimerCount()).toBe(0);
    const [ending, resting] = [enter(new ScriptedCell()), enter(new ScriptedCell())];
    expect(vi.getTimerCount()).toBe(1);
    meter.leave(ending);
    expect(vi.getTimerCount()).toBe(1);
    resting.isResting = true;
    pass(0);
    expect(vi.getTimerCount()).toBe(0);
    meter.enter(resting);
    expect(vi.getTimerCount()).toBe(1);
    meter.leave(resting);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("a cell that its charge ends is charged no more", () => {
    const { meter, pass, enter } = setUp();
    class Ending extends ScriptedCell {
      override charge(cpuMs: number): boolean {
        super.charge(cpuMs);
        this.cpuMs += meter.leave(this);
        return false;
      }
    }
    const [ending, other] = [enter(new Ending()), enter(new ScriptedCell())];
    pass(500, ending, other);
    pass(250, ending, other);
    expect([ending.cpuMs, other.cpuMs]).toEqual([250, 500]);
  });
});
