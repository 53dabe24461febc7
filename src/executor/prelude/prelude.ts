import type { CellTool } from "../executor.ts";
import type { CellLimits } from "../messages.ts";
import { createSerializer } from "./json.ts";
import { defineOutput } from "./output.ts";
import { createRealm } from "./realm.ts";
import { createRun, createSend, type Send, type SyncSend } from "./run.ts";
import { defineStoredValues, type StoredText } from "./stored-values.ts";
import { defineTimers, MAX_DELAY_MS } from "./timers.ts";
import { defineTools } from "./tools.ts";

/** What a cell starts from, as JSON text into the isolate. */
export interface PreludeConfig {
  readonly tools: readonly CellTool[];
  readonly storedValues: readonly StoredText[];
  readonly limits: CellLimits;
  readonly maxDelayMs: number;
  /** Characters of the function around the cell's code. */
  readonly bodyLength: number;
}

/** What the executor calls in the isolate: the answer to a call, or a timer that is due. */
export type Deliver = (what: "answer" | "timer", id: number, ok?: boolean, payload?: string, code?: string) => void;

/** Name of the global that starts the code. It is gone before the code's first statement. */
export const RUN = "$run";

/** The parts of the prelude, by their names in its text. */
const parts = {
  createRealm,
  createSerializer,
  createSend,
  createRun,
  defineOutput,
  defineStoredValues,
  defineTimers,
  defineTools,
};

/** Sets up a context before the cell's code runs in it. Runs in the isolate. */
function prelude(uses: typeof parts, ignored: Send, sync: SyncSend, configJson: string, runName: string): Deliver {
  const config = JSON.parse(configJson) as PreludeConfig;
  const { limits } = config;
  const realm = uses.createRealm();
  const ways = uses.createSend(ignored, sync, realm.sleep);
  const { send } = ways;
  const serialize = uses.createSerializer(realm, limits.valueDepth);
  const { text } = uses.defineOutput(realm, send, limits);
  uses.defineStoredValues(realm, send, serialize, config.storedValues, limits);
  const settle = uses.defineTools(realm, send, serialize, config.tools, limits);
  const fire = uses.defineTimers(realm, send, limits.timersPerCell, config.maxDelayMs);
  const { run, fail } = uses.createRun(realm, ways, text, limits.errorBytes);

  realm.defineProperty(globalThis, runName, {
    configurable: true,
    value: (body: () => Promise<unknown>) => {
      delete (globalThis as Record<string, unknown>)[runName];
      run(body, config.bodyLength);
    },
  });

  return (what, id, ok = false, payload, code = "") => {
    if (what === "answer") return settle(id, ok, payload, code);
    try {
      fire(id);
    } catch (thrown) {
      fail(thrown);
    }
  };
}

/**
 * The prelude as source text: an expression whose value is the function that sets up a context. The functions above are
 * type-checked like all others, and their text is what runs; none of them refers to anything outside of itself.
 */
export const preludeSource = `"use strict"; (ignored, sync, config) => (${String(prelude)})({${Object.entries(parts)
  .map(([name, part]) => `${name}: ${String(part)}`)
  .join(",")}}, ignored, sync, config, ${JSON.stringify(RUN)})`;

export { MAX_DELAY_MS };
