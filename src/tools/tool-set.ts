import type { ToolDefinition } from "../protocol/values.ts";
import { toolIdentifier } from "./tool-identifier.ts";

/** Two tools that would stand under one name in a cell, or a name that no tool may have. */
export class ToolSetError extends Error {
  override readonly name = "ToolSetError";
}

/** The tools that a host declared, in order, each under a normalised name of its own (rule T1). */
export class ToolSet {
  readonly #byName: ReadonlyMap<string, ToolDefinition>;

  /** Throws {@link ToolSetError} where two names clash, or one is `__proto__`. */
  constructor(tools: readonly ToolDefinition[]) {
    const byIdentifier = new Map<string, string>();
    for (const { name } of tools) {
      const identifier = toolIdentifier(name);
      if (identifier === "__proto__") {
        throw new ToolSetError(`tool ${JSON.stringify(name)}: no tool may be called __proto__`);
      }
      const other = byIdentifier.get(identifier);
      if (other !== undefined) {
        const names = `${JSON.stringify(other)} and ${JSON.stringify(name)}`;
        throw new ToolSetError(`tools ${names} are both called ${identifier} in a cell; rename one of them`);
      }
      byIdentifier.set(identifier, name);
    }
    this.#byName = new Map(tools.map((tool) => [tool.name, tool]));
  }

  get(name: string): ToolDefinition | undefined {
    return this.#byName.get(name);
  }

  /** The tools in the order of their declaration. */
  list(): ToolDefinition[] {
    return [...this.#byName.values()];
  }

  /** The names that `names` has and this set has not. */
  missing(names: readonly string[]): string[] {
    return names.filter((name) => !this.#byName.has(name));
  }

  /** Only the tools named, in the order of their declaration. */
  narrowed(names: readonly string[]): ToolSet {
    const wanted = new Set(names);
    return new ToolSet(this.list().filter((tool) => wanted.has(tool.name)));
  }
}
