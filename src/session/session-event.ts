import type { CellError } from "../protocol/error-codes.ts";
import type { LimitName } from "../protocol/limits.ts";
import type { CallEnding, CellEnding } from "../protocol/observed-events.ts";
import type { CellUsage } from "../protocol/values.ts";

/** What happens in sessions, for whoever logs, counts or traces it. Times are in milliseconds. */
export type SessionEvent =
  | { readonly type: "session_opened"; readonly sessionId: string; readonly principal: string }
  | { readonly type: "session_ended"; readonly sessionId: string; readonly principal: string }
  | {
      /** The last that is heard of a session: it had ended, and now its cells are gone as well. */
      readonly type: "session_gone";
      readonly sessionId: string;
    }
  | {
      /** A newer one was opened, or its session is gone, and with it its cells. Its socket may have closed before. */
      readonly type: "turn_ended";
      readonly sessionId: string;
      readonly turn: number;
    }
  | {
      readonly type: "cell_accepted";
      readonly cellId: string;
      readonly sessionId: string;
      /** The turn that asked for it. */
      readonly turn: number;
      readonly source: string;
      /** The model's own id, as its `execute` gave it. */
      readonly toolCallId?: string | undefined;
      /** The tools that it may call, by their declared names. */
      readonly tools: readonly string[];
      /** As its `execute` gave it, unread. */
      readonly traceparent?: string | undefined;
    }
  | {
      /** Its code runs now. */
      readonly type: "cell_started";
      readonly cellId: string;
      readonly sessionId: string;
      /** Since it was accepted. */
      readonly queuedMs: number;
    }
  | {
      readonly type: "cell_ended";
      readonly cellId: string;
      readonly sessionId: string;
      readonly ending: CellEnding;
      /** Since it was accepted. */
      readonly ageMs: number;
      /** Undefined: it never ran. */
      readonly usage?: CellUsage | undefined;
      /** Undefined: it succeeded, or was terminated. */
      readonly error?: CellError | undefined;
    }
  | {
      readonly type: "call_made";
      readonly callId: string;
      readonly cellId: string;
      readonly sessionId: string;
      readonly tool: string;
    }
  | {
      readonly type: "call_ended";
      readonly callId: string;
      readonly cellId: string;
      readonly sessionId: string;
      readonly ending: CallEnding;
      /** Of a call that failed. The host may have chosen it. */
      readonly code?: string | undefined;
      /** Since it was made. */
      readonly ageMs: number;
    }
  | {
      /** An outcome was dropped unread (rule C7). */
      readonly type: "outcome_dropped";
      readonly cellId: string;
      readonly sessionId: string;
    }
  | {
      /** Stored values were committed, or replaced by the host. */
      readonly type: "values_changed";
      readonly sessionId: string;
      /** Whose writes they are. Undefined: the host's. */
      readonly cellId?: string | undefined;
      /** The new value of each key as JSON text; null: it is gone. */
      readonly writes: ReadonlyMap<string, string | null>;
    }
  | {
      /** Something was refused, since there is as much as there may be. */
      readonly type: "limit_hit";
      readonly limit: LimitName;
      readonly sessionId?: string | undefined;
      readonly principal?: string | undefined;
    };

/** Hears of everything that happens in sessions. It returns at once and does not throw. */
export interface SessionObserver {
  hear(event: SessionEvent): void;
  /** A cell of this session put something out: too often for an event. */
  putOut?(sessionId: string): void;
  /** The `traceparent` that the host is told with a call that was made. Absent or undefined: there is no trace. */
  traceparentOf?(callId: string): string | undefined;
}
