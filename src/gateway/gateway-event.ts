import type { SessionEvent } from "../session/session-event.ts";

/** What happens in a gateway, for whoever logs, counts or traces it. No token is ever part of it. */
export type GatewayEvent =
  | SessionEvent
  | {
      /** A socket was let in. */
      readonly type: "connected";
      /** Counts the gateway's sockets. */
      readonly connection: number;
      readonly principal: string;
    }
  | {
      /** A socket was not let in. */
      readonly type: "refused";
      readonly status: number;
      readonly reason: string;
    }
  | {
      /** A socket that was let in is gone. */
      readonly type: "closed";
      readonly connection: number;
      readonly principal: string;
      /** With which it was closed, by whichever side; 1006 where it was lost. */
      readonly code: number;
      readonly reason: string;
    }
  | {
      readonly type: "turn_opened";
      readonly connection: number;
      readonly sessionId: string;
      readonly turn: number;
      readonly principal: string;
      /** What the client calls itself. */
      readonly client?: string | undefined;
    }
  | {
      /** A client came back to a turn on another socket. */
      readonly type: "turn_resumed";
      readonly connection: number;
      readonly sessionId: string;
      readonly turn: number;
      readonly principal: string;
      readonly client?: string | undefined;
      /** Whether frames that it missed are lost. */
      readonly gap: boolean;
    }
  | {
      /** A client became an observer. */
      readonly type: "observer_opened";
      readonly connection: number;
      readonly principal: string;
      readonly client?: string | undefined;
    }
  | {
      /** An observer is gone. */
      readonly type: "observer_closed";
      readonly connection: number;
      readonly principal: string;
    }
  | {
      /** An observer ended a cell, or a session. */
      readonly type: "observer_acted";
      readonly connection: number;
      readonly principal: string;
      readonly action: "terminate" | "end_session";
      readonly sessionId: string;
      readonly cellId?: string | undefined;
    }
  | {
      /** An observer lost events, for want of room. */
      readonly type: "events_dropped";
      readonly connection: number;
      readonly count: number;
    }
  | {
      /** The gateway goes down, and lets running cells end. */
      readonly type: "draining";
      /** Until they are terminated. */
      readonly deadlineMs: number;
    }
  | {
      readonly type: "executor_lost";
      /** A signal, an exit code or an error; then, behind a colon, what it printed last. */
      readonly why: string;
    }
  | {
      /** A file that says who may connect was read again. */
      readonly type: "file_read";
      readonly path: string;
      /** What is wrong with it: then the earlier content stays in force. */
      readonly problem?: string | undefined;
    }
  | {
      /** What should never happen. */
      readonly type: "internal_error";
      readonly error: unknown;
    };

/** Hears of everything that happens in a gateway. It returns at once and does not throw. */
export interface GatewayObserver {
  hear(event: GatewayEvent): void;
  /** As those of a `SessionObserver`. */
  putOut?(sessionId: string): void;
  traceparentOf?(callId: string): string | undefined;
}
