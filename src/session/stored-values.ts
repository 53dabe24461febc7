import type { CellError } from "../protocol/error-codes.ts";
import { type Limits } from "../protocol/limits.ts";
import { scanJson } from "../protocol/json-guard.ts";
import type { JsonValue } from "../protocol/values.ts";

/** The stored values do not fit their bounds (rule V5). */
export class StoredValuesError extends Error {
  override readonly name = "StoredValuesError";
}

interface Entry {
  readonly json: string;
  readonly bytes: number;
  readonly nodes: number;
}

type StoredLimits = Pick<Limits, "storedEntries" | "storedValueBytes" | "storedBytes" | "storedNodes" | "valueDepth">;

/** A session's stored values (rules V1 to V6), each kept as the JSON text that its cell made. */
export class StoredValues {
  readonly #limits: StoredLimits;
  #entries = new Map<string, Entry>();
  #bytes = 0;
  #nodes = 0;

  constructor(limits: StoredLimits) {
    this.#limits = limits;
  }

  /** JSON texts by key, for a cell that starts. */
  snapshot(): Map<string, string> {
    return new Map(Array.from(this.#entries, ([key, { json }]) => [key, json]));
  }

  /** Merges what a cell wrote, key by key. Returns what is wrong with each write that does not fit (rule V2). */
  commit(writes: ReadonlyMap<string, string>): Map<string, string> {
    const refused = new Map<string, string>();
    for (const [key, json] of writes) {
      const problem = this.#set(key, json);
      if (problem !== undefined) refused.set(key, problem);
    }
    return refused;
  }

  /**
   * Replaces all values, or none: throws {@link StoredValuesError} where they do not fit (rule V6). Returns what changed:
   * the new JSON text of each key, null for those that are gone.
   */
  replace(values: { readonly [key: string]: JsonValue }): Map<string, string | null> {
    const next = new StoredValues(this.#limits);
    for (const [key, value] of Object.entries(values)) {
      const problem = next.#set(key, JSON.stringify(value));
      if (problem !== undefined) throw new StoredValuesError(`values[${JSON.stringify(key)}]: ${problem}`);
    }
    const changed = new Map<string, string | null>();
    for (const key of this.#entries.keys()) if (!next.#entries.has(key)) changed.set(key, null);
    for (const [key, { json }] of next.#entries) if (this.#entries.get(key)?.json !== json) changed.set(key, json);
    this.#entries = next.#entries;
    this.#bytes = next.#bytes;
    this.#nodes = next.#nodes;
    return changed;
  }

  toObject(): { [key: string]: JsonValue } {
    const entries = Array.from(this.#entries, ([key, { json }]): [string, JsonValue] => [
      key,
      JSON.parse(json) as JsonValue,
    ]);
    return Object.fromEntries(entries);
  }

  #set(key: string, json: string): string | undefined {
    const earlier = this.#entries.get(key);
    const { depth, nodes } = scanJson(json);
    const entry: Entry = { json, bytes: Buffer.byteLength(key) + Buffer.byteLength(json), nodes: nodes + 1 };
    const bytes = this.#bytes + entry.bytes - (earlier?.bytes ?? 0);
    const total = this.#nodes + entry.nodes - (earlier?.nodes ?? 0);
    const problem =
      over("storedEntries", this.#limits.storedEntries, this.#entries.size + (earlier ? 0 : 1)) ??
      over("storedValueBytes", this.#limits.storedValueBytes, entry.bytes) ??
      over("storedBytes", this.#limits.storedBytes, bytes) ??
      over("storedNodes", this.#limits.storedNodes, total) ??
      over("valueDepth", this.#limits.valueDepth, depth);
    if (problem !== undefined) return problem;
    this.#entries.set(key, entry);
    this.#bytes = bytes;
    this.#nodes = total;
    return undefined;
  }
}

function over(name: keyof StoredLimits, limit: number, got: number): string | undefined {
  return got > limit ? `expected at most ${limit} (${name}), got ${got}` : undefined;
}

/** The error of a cell whose writes were refused, in part or all. */
export function writesError(refused: ReadonlyMap<string, string>): CellError | undefined {
  if (refused.size === 0) return undefined;
  const lines = Array.from(refused, ([key, problem]) => `${JSON.stringify(key)}: ${problem}`);
  return { code: "stored_values_limit", message: `writes that were not stored: ${lines.join("; ")}` };
}
