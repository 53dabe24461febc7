import type { Utf8Text } from "../protocol/utf8-text.ts";
import type { CallAnswer, CellEvent, CellTool } from "./executor.ts";
import type { Jit } from "./node-flags.ts";

/** Bounds that an executor process keeps for its cells, told once at its start. */
export interface CellLimits {
  readonly heapBytes: number;
  readonly maxCpuMs: number;
  readonly frameBytes: number;
  readonly frameNodes: number;
  readonly valueDepth: number;
  readonly callsPerCell: number;
  readonly callBytesPerSession: number;
  readonly timersPerCell: number;
  readonly notifyBytes: number;
  readonly unreadBytes: number;
  readonly storedEntries: number;
  readonly storedValueBytes: number;
  readonly storedBytes: number;
  readonly errorBytes: number;
}

/** A string of so many characters travels beside its message: JSON would cost more than a message of its own. */
export const LONG_CHARS = 16 * 1024;

/** What a cell's CPU time must have grown by to be told: one that rests, or does little, tells nothing. */
export const NOTICEABLE_CPU_MS = 10;

/** The one string of an event that may be long. */
export function textOf(event: CellEvent): string {
  switch (event.type) {
    case "content":
      return (event.item.type === "text" ? event.item.text : event.item.imageUrl).toString();
    case "notify":
      return event.text;
    case "tool_call":
      return event.input ?? "";
    case "write":
      return event.json;
    default:
      return "";
  }
}

/** The event with another text in place of that one. That of content is only passed on, and stays as it is. */
export function withText(event: CellEvent, text: string | Utf8Text): CellEvent {
  switch (event.type) {
    case "content": {
      const { item } = event;
      return { ...event, item: item.type === "text" ? { ...item, text } : { ...item, imageUrl: text } };
    }
    case "notify":
      return { ...event, text: text.toString() };
    case "tool_call":
      return { ...event, input: text.toString() };
    case "write":
      return { ...event, json: text.toString() };
    default:
      return event;
  }
}

/** Whether later cells of a session may get an isolate, with a fresh context, that served an earlier one. */
export type IsolateReuse = "session" | "never";

/** What an executor process is told at its start. */
export interface ExecutorSettings {
  readonly limits: CellLimits;
  readonly isolateReuse: IsolateReuse;
  readonly jit: Jit;
}

/** From the gateway to an executor process. */
export type Command =
  | {
      readonly type: "start";
      readonly cellId: string;
      readonly sessionId: string;
      readonly source: string;
      readonly tools: readonly CellTool[];
      /** Keys and JSON texts. */
      readonly storedValues: readonly (readonly [string, string])[];
    }
  /** With a text: it is the JSON of the answer, which is `ok`. */
  | { readonly type: "answer"; readonly cellId: string; readonly call: number; readonly answer: CallAnswer }
  | { readonly type: "terminate"; readonly cellId: string }
  /** Asks for a sign of life. */
  | { readonly type: "ping" };

/** From an executor process to the gateway. */
export type Report =
  | { readonly type: "ready" }
  | { readonly type: "events"; readonly cellId: string; readonly events: readonly CellEvent[] }
  /** An event whose long string travels beside the message, as its text. */
  | { readonly type: "long_event"; readonly cellId: string; readonly event: CellEvent }
  /** A timer of the cell has its turn. Said at most every 250 ms, for whoever asks what went on before a death. */
  | { readonly type: "woke"; readonly cellId: string }
  /** The answer to `ping`, by the thread that obeys commands. */
  | { readonly type: "pong" }
  /** It wants to be replaced: an isolate of the session does not stop, or V8 ran out of memory for good in one. */
  | {
      readonly type: "broken";
      readonly reason: BreakReason;
      readonly sessionId: string;
      readonly message: string;
    };

/** What a process does not get over. */
export type BreakReason = "stuck" | "memory";
