import type { CellKind } from "./cell-kinds.ts";

/** What became of the cells of a soak. */
export class Tally {
  started = 0;
  ended = 0;
  /** Cells that may have cost a process. */
  costly = 0;
  /** How many cells ended how. */
  readonly ends = new Map<string, number>();
  readonly problems: string[] = [];

  start(kind: CellKind): void {
    this.started += 1;
    if (kind.costsProcess) this.costly += 1;
  }

  /** Takes the end of a cell. One that is another than its kind's is a problem, but for that of a lost process. */
  end(kind: CellKind, end: string, message: string | undefined): void {
    this.ended += 1;
    this.ends.set(end, (this.ends.get(end) ?? 0) + 1);
    const isNeighbourOfOther = end === "executor_lost" && this.costly > 0;
    if (end !== kind.ends && !isNeighbourOfOther) this.problem(`${kind.name} ended with ${end}: ${message ?? ""}`);
  }

  problem(text: string): void {
    // The first ones say what is wrong; a thousand more say nothing.
    if (this.problems.length < 20 && !this.problems.includes(text)) this.problems.push(text);
  }
}
