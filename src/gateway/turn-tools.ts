import type { ToolSet } from "../tools/tool-set.ts";

/** Names of earlier tools that are remembered: as many as the largest frame declares, of whose nodes each tool takes five. */
const EARLIER = 20_000;

/** The tools of a turn: those for cells that start now, and the names of those that it declared before. */
export class TurnTools {
  /** Cells that run may still call them. Those that were replaced first are the first, and are forgotten first. */
  readonly #earlier = new Set<string>();
  #current: ToolSet;

  constructor(tools: ToolSet) {
    this.#current = tools;
  }

  get current(): ToolSet {
    return this.#current;
  }

  replace(tools: ToolSet): void {
    for (const { name } of this.#current.list()) {
      this.#earlier.delete(name);
      this.#earlier.add(name);
    }
    this.#current = tools;
    for (const name of this.#earlier) {
      if (this.#earlier.size <= EARLIER) return;
      this.#earlier.delete(name);
    }
  }

  hasDeclared(name: string): boolean {
    return this.#current.get(name) !== undefined || this.#earlier.has(name);
  }
}
