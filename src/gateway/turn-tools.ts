import type { ToolSet } from "../tools/tool-set.ts";

/** The tools of a turn: those for cells that start now, and the names of all that it ever declared. */
export class TurnTools {
  /** Cells that run may still call the earlier ones. */
  readonly #declared = new Set<string>();
  #current: ToolSet;

  constructor(tools: ToolSet) {
    this.#current = tools;
    this.replace(tools);
  }

  get current(): ToolSet {
    return this.#current;
  }

  replace(tools: ToolSet): void {
    this.#current = tools;
    for (const { name } of tools.list()) this.#declared.add(name);
  }

  hasDeclared(name: string): boolean {
    return this.#declared.has(name);
  }
}
