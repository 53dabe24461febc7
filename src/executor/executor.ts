import type { CellError } from "../protocol/error-codes.ts";
import type { Utf8Text } from "../protocol/utf8-text.ts";
import type { ImageItem, TextItem, ToolKind } from "../protocol/values.ts";

/** A tool as a cell sees it. */
export interface CellTool {
  /** Normalised: a property of `tools` (rule T1). */
  readonly identifier: string;
  readonly description: string;
  readonly kind: ToolKind;
}

/** What a cell starts from. */
export interface CellStart {
  readonly cellId: string;
  /** Its isolate never serves another session. */
  readonly sessionId: string;
  readonly source: string;
  readonly tools: readonly CellTool[];
  /** JSON texts by key: the cell's snapshot of the stored values (rule V1). */
  readonly storedValues: ReadonlyMap<string, string>;
}

/** What a cell has used so far, as its executor measures it. */
export interface CellFigures {
  /** CPU time in milliseconds: an estimate (rule B2). */
  readonly cpuMs: number;
  /** Bytes of its heap and buffers, garbage included. Absent: it was not measured, for it was over soon or never paused. */
  readonly heapBytes?: number | undefined;
}

/** How a cell ended. */
export type CellEnd =
  | { readonly how: "finished" }
  | { readonly how: "failed"; readonly error: CellError }
  | { readonly how: "terminated" };

/** One item of what a cell put out, on its way to a frame: a long text stays the bytes that it came as. */
export type PutOut = WithLong<TextItem, "text"> | WithLong<ImageItem, "imageUrl">;

type WithLong<Item, Key extends keyof Item> = Omit<Item, Key> & { [K in Key]: string | Utf8Text };

/** What a cell does, as its executor tells it. Values travel as JSON texts, unopened. */
export type CellEvent =
  | {
      readonly type: "started";
      /** Milliseconds ago: it may have waited for what the cell says next. Absent: now. */
      readonly agoMs?: number | undefined;
    }
  | { readonly type: "content"; readonly item: PutOut }
  | { readonly type: "notify"; readonly text: string }
  | {
      readonly type: "tool_call";
      /** Counts the cell's calls, from 1. */
      readonly call: number;
      /** The tool's identifier. */
      readonly tool: string;
      /** JSON text; absent where the call had no argument. */
      readonly input?: string | undefined;
    }
  | { readonly type: "yield" }
  | { readonly type: "write"; readonly key: string; readonly json: string }
  | { readonly type: "usage"; readonly usage: CellFigures }
  | {
      readonly type: "ended";
      readonly end: CellEnd;
      /** Absent where the process that knew it is lost. */
      readonly usage?: CellFigures | undefined;
    };

/** The answer to a tool call of a cell. */
export type CallAnswer =
  | {
      readonly ok: true;
      /** JSON text; absent where the tool returned nothing. */
      readonly json?: string | undefined;
    }
  | { readonly ok: false; readonly message: string; readonly code: string };

/** Hears a cell's events in batches, in their order. It must not throw. */
export type CellListener = (events: readonly CellEvent[]) => void;

/** A cell that was handed to an executor. Every method may be called at any time; after `ended` it has no effect. */
export interface RunningCell {
  /** Settles the call with this number. The first answer wins. */
  answer(call: number, answer: CallAnswer): void;
  /** Stops the isolate; `ended` follows when it is really gone (rule C11). */
  terminate(): void;
}

/**
 * Runs cells. For each started cell the listener hears `started` once, then its events, and `ended` last and exactly
 * once, whatever happens to the process that runs it; never from within `start`.
 */
export interface Executor {
  start(cell: CellStart, listener: CellListener): RunningCell;
  /** Stops all processes by force; live cells end with `executor_lost`. */
  close(): Promise<void>;
}
