import type { CellErrorCode } from "../protocol/error-codes.ts";
import type { LimitName } from "../protocol/limits.ts";
import type { CellUsage } from "../protocol/values.ts";

/** How a cell ended: `ok`, `terminated`, or the code of its error. */
export type CellEnding = "ok" | "terminated" | CellErrorCode;

/** What happens in sessions, for whoever logs, counts or traces it. Times are in milliseconds. */
export type SessionEvent =
  | { readonly type: "session_opened"; readonly sessionId: string; readonly principal: string }
  | { readonly type: "session_ended"; readonly sessionId: string; readonly principal: string }
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
      /** As its `execute` gave it, unread. */
      readonly traceparent?: string | undefined;
    }
  | {
      /** Its code runs now. */
      readonly type: "cell_started";
      readonly cellId: string;
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
    }
  | { readonly type: "call_made"; readonly callId: string; readonly cellId: string; readonly tool: string }
  | {
      readonly type: "call_ended";
      readonly callId: string;
      /** `cancelled`: the cell was over before the answer came. */
      readonly ending: "answered" | "failed" | "cancelled";
      /** Of a call that failed. The host may have chosen it. */
      readonly code?: string | undefined;
      /** Since it was made. */
      readonly ageMs: number;
    }
  | {
      /** An outcome was dropped unread (rule C7). */
      readonly type: "outcome_dropped";
      readonly cellId: string;
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
  /** The `traceparent` that the host is told with a call that was made. Absent or undefined: there is no trace. */
  traceparentOf?(callId: string): string | undefined;
}
