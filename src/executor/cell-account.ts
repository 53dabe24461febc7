import type { CellEvent } from "./executor.ts";
import type { CellLimits } from "./messages.ts";

/**
 * What a cell has said, against what it may. Its isolate keeps all of these bounds, so that whoever goes past one has
 * broken out of it; nobody behind this counts it again.
 */
export class CellAccount {
  readonly #limits: CellLimits;
  #openCalls = 0;
  /** Characters of what it wrote, by key. */
  readonly #writes = new Map<string, number>();
  #writtenChars = 0;

  constructor(limits: CellLimits) {
    this.#limits = limits;
  }

  /** A call was answered: there may be another one. */
  answered(): void {
    this.#openCalls -= 1;
  }

  /** Throws where no honest process would have said this. */
  hear(event: CellEvent): void {
    const { notifyBytes, frameBytes, callsPerCell } = this.#limits;
    switch (event.type) {
      case "notify":
        return atMost(event.text.length, notifyBytes, "characters of a notification");
      case "tool_call":
        this.#openCalls += 1;
        atMost(this.#openCalls, callsPerCell, "open calls");
        return atMost(event.input?.length ?? 0, frameBytes, "characters of a call's input");
      case "write":
        return this.#write(event.key, event.json);
      default: // what it puts out is bounded where it is kept; of the rest there is one, or the latest counts
    }
  }

  #write(key: string, json: string): void {
    const chars = key.length + json.length;
    this.#writtenChars += chars - (this.#writes.get(key) ?? 0);
    this.#writes.set(key, chars);
    atMost(this.#writes.size, this.#limits.storedEntries, "stored values");
    atMost(this.#writtenChars, this.#limits.storedBytes, "characters of stored values");
  }
}

function atMost(count: number, limit: number, what: string): void {
  if (count > limit) throw new Error(`no report: expected at most ${limit} ${what}, got ${count}`);
}
