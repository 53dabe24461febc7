import { CellIsolate } from "../../src/executor/cell-isolate.ts";
import { CpuMeter } from "../../src/executor/cpu-meter.ts";
import type { CellTool } from "../../src/executor/executor.ts";
import type { CellLimits } from "../../src/executor/messages.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";
import { type Answerer, CellRecord, type Outcome, outcomeOf } from "./cell-record.ts";

/** Settings of a cell that runs in the process of the test. */
export interface IsolateOptions {
  readonly tools?: readonly (string | CellTool)[];
  readonly answer?: Answerer;
  readonly stored?: Readonly<Record<string, string>>;
  readonly limits?: Partial<CellLimits>;
}

/** A cell in the process of the test, and its record. */
export interface StartedIsolate {
  readonly record: CellRecord;
  readonly isolate: CellIsolate;
  /** What the isolate said of the process that it broke. */
  readonly broken: string[];
  /** Whether the process says that it is behind. */
  congested: boolean;
}

let count = 0;

/** Starts a cell in the process of the test. */
export function startIsolate(source: string, options: IsolateOptions = {}): StartedIsolate {
  const record = new CellRecord(options.answer);
  const tools = (options.tools ?? []).map((tool): CellTool =>
    typeof tool === "string" ? { identifier: tool, description: "", kind: "function" } : tool,
  );
  count += 1;
  const broken: string[] = [];
  const start = {
    type: "start",
    cellId: `cell-${count}`,
    sessionId: "session",
    source,
    tools,
    storedValues: Object.entries(options.stored ?? {}),
  } as const;
  const started: StartedIsolate = {
    record,
    broken,
    congested: false,
    isolate: new CellIsolate(
      start,
      { ...defaultLimits, ...options.limits },
      {
        event: (event) => record.hear([event]),
        released: () => {},
        mustPause: () => started.congested,
        woke: () => {},
        broken: (_, message) => broken.push(message),
      },
      new CpuMeter(),
    ),
  };
  record.running = started.isolate;
  return started;
}

/** Runs a cell to its end in the process of the test. */
export function runInIsolate(source: string, options?: IsolateOptions): Promise<Outcome> {
  return outcomeOf(startIsolate(source, options).record);
}

/** The text items of a cell that must finish. */
export async function textsOf(source: string, options?: IsolateOptions): Promise<readonly string[]> {
  const { how, error, texts } = await runInIsolate(source, options);
  if (how !== "finished") throw new Error(`the cell ended otherwise: ${error?.message ?? how}`);
  return texts;
}

/** The value that the cell returns, which must be one of JSON. */
export async function valueOf(source: string, options?: IsolateOptions): Promise<unknown> {
  const texts = await textsOf(`return JSON.stringify(await (async () => {${source}\n})())`, options);
  return texts.length === 0 ? undefined : JSON.parse(texts.at(-1) as string);
}
