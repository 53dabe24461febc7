import type { SessionState, SessionStatus } from "../../../src/protocol/observed-events.ts";

/** Which sessions are listed. */
export interface SessionFilter {
  /** Words that must all be found in the id, the principal, the client or the last close; in any case. */
  readonly text: string;
  readonly state?: SessionState | undefined;
}

/** By what sessions can be put in order. */
export const sessionColumns = {
  /** Youngest first. */
  age: (session: SessionStatus) => -session.openedAtMs,
  principal: (session: SessionStatus) => session.principal,
  liveCells: (session: SessionStatus) => session.liveCells,
  cells: (session: SessionStatus) => session.cells,
  openCalls: (session: SessionStatus) => session.openCalls,
  unreadBytes: (session: SessionStatus) => session.unreadBytes,
  receivedBytes: (session: SessionStatus) => session.receivedBytes,
  sentBytes: (session: SessionStatus) => session.sentBytes,
  resumes: (session: SessionStatus) => session.resumes,
} as const;

export type SessionColumn = keyof typeof sessionColumns;

/** In which order sessions are listed. */
export interface SessionOrder {
  readonly column: SessionColumn;
  readonly isDescending: boolean;
}

/** The sessions that pass the filter, in this order; those that are alike in it, newest first. */
export function listSessions(
  sessions: Iterable<SessionStatus>,
  { text, state }: SessionFilter,
  { column, isDescending }: SessionOrder,
): SessionStatus[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const found = Array.from(sessions).filter((session) => {
    return (state === undefined || session.state === state) && words.every((word) => textOf(session).includes(word));
  });
  const of = sessionColumns[column];
  const sign = isDescending ? -1 : 1;
  return found.toSorted((left, right) => {
    return sign * compare(of(left), of(right)) || right.openedAtMs - left.openedAtMs;
  });
}

function compare(left: string | number, right: string | number): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

function textOf({ sessionId, principal, client = "", lastClose }: SessionStatus): string {
  const close = lastClose ? `${lastClose.code} ${lastClose.reason}` : "";
  return `${sessionId} ${principal} ${client} ${close}`.toLowerCase();
}
