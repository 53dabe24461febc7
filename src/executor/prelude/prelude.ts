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
export interface CellConfig {
  readonly tools: readonly CellTool[];
  readonly storedValues: readonly StoredText[];
}

/** What answers a call: its number, whether it succeeded, the result as JSON or the error's message, and its code. */
export type Answered = [call: number, ok: boolean, payload: string | undefined, code: string | undefined];

/**
 * What the executor calls in the isolate: the cell's configuration as JSON, first, and only if the context was not set up
 * with it; a timer that is due; and the answers to calls, the parts of each behind those of the last.
 */
export type Deliver = (
  ...message: ["configure", string] | ["timer", number] | ["answers", ...Answered[number][]]
) => void;

/** Name of the global that starts the code. It is gone before the code's first statement. */
export const RUN = "$run";

/**
 * Names of the globals that a context is set up from, gone with it: the ways out, the {@link SHARED} memory, and
 * what its cell will most likely start from, if that is known.
 */
export const START = { ignored: "$ignored", sync: "$sync", memory: "$memory", config: "$config" } as const;

/**
 * What stands where in the memory that the executor shares with a context, as 32-bit numbers: 1 once the cell's code
 * runs, else 0; and the characters of the function around that code.
 */
export const SHARED = { begun: 0, bodyLength: 1 } as const;
export const SHARED_BYTES = Object.keys(SHARED).length * Int32Array.BYTES_PER_ELEMENT;

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

/** Sets up a context before a cell's code runs in it. Runs in the isolate. */
function prelude(
  uses: typeof parts,
  ignored: Send,
  sync: SyncSend,
  memory: SharedArrayBuffer,
  config: string | undefined,
  limits: CellLimits,
  maxDelayMs: number,
  runName: string,
  places: typeof SHARED,
): Deliver {
  const realm = uses.createRealm();
  const shared = new Int32Array(memory);
  const ways = uses.createSend(ignored, sync, shared, places.begun, realm.sleep);
  const { send } = ways;
  const serialize = uses.createSerializer(realm, limits.valueDepth);
  const { text } = uses.defineOutput(realm, send, limits);
  const setStored = uses.defineStoredValues(realm, send, serialize, limits);
  const { settle, declare } = uses.defineTools(realm, send, serialize, limits);
  const fire = uses.defineTimers(realm, send, limits.timersPerCell, maxDelayMs);
  const { run, fail } = uses.createRun(realm, ways, text, limits.errorBytes);

  const configure = (cellJson: string): void => {
    const { tools, storedValues } = realm.parse(cellJson) as CellConfig;
    setStored(storedValues);
    declare(tools);
  };
  if (config !== undefined) configure(config);

  realm.defineProperty(globalThis, runName, {
    configurable: true,
    value: (body: () => Promise<unknown>) => {
      delete (globalThis as Record<string, unknown>)[runName];
      run(body, shared[places.bodyLength] as number);
    },
  });

  return (...message) => {
    if (message[0] === "configure") return configure(message[1]);
    if (message[0] === "answers") return settle(message);
    try {
      fire(message[1]);
    } catch (thrown) {
      fail(thrown);
    }
  };
}

/**
 * The prelude as source text: a script that sets up its context, and whose value is the {@link Deliver} of that. The
 * functions above are type-checked like all others, and their text is what runs; none of them refers to anything outside
 * of itself. What it starts from stands in globals, so that all of it takes one entry into the isolate.
 *
 * The limits are an object without a prototype, as is the realm: V8 keeps the properties of one in a table, where any other
 * costs each new context a hidden class a property. All characters of the text are below U+0100, to fit a byte each.
 */
export function preludeSource(limits: CellLimits): string {
  const { ignored, sync, memory, config } = START;
  const functions = Object.entries(parts).map(([name, part]) => `${name}: ${String(part)}`);
  const constants = [
    `{"__proto__": null, ${JSON.stringify(limits).slice(1)}`,
    MAX_DELAY_MS,
    JSON.stringify(RUN),
    JSON.stringify(SHARED),
  ];
  return `"use strict";
(({ ${ignored}: ignored, ${sync}: sync, ${memory}: memory, ${config}: config }) => {
  delete globalThis.${ignored};
  delete globalThis.${sync};
  delete globalThis.${memory};
  delete globalThis.${config};
  return (${String(prelude)})({ ${functions.join(",")} }, ignored, sync, memory, config, ${constants.join(", ")});
})(globalThis)`;
}
