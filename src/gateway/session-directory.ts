import type { SessionStatus } from "../protocol/observed-events.ts";
import { RequestFailure } from "../session/request-failure.ts";
import type { Session } from "../session/session.ts";
import type { Sessions } from "../session/sessions.ts";
import type { Observatory } from "./observatory.ts";
import type { Turns } from "./turns.ts";

/** A part of all sessions. */
interface Page {
  readonly sessions: SessionStatus[];
  /** How many there are in all. */
  readonly total: number;
  /** Whether there are others after the last of these. */
  readonly more: boolean;
}

/** How the sessions of all principals stand, for observers. */
export class SessionDirectory {
  readonly #sessions: Sessions;
  readonly #turns: Turns;
  readonly #observatory: Observatory;

  constructor(sessions: Sessions, turns: Turns, observatory: Observatory) {
    this.#sessions = sessions;
    this.#turns = turns;
    this.#observatory = observatory;
  }

  find(sessionId: string): Session | undefined {
    return this.#sessions.seen(sessionId)?.session;
  }

  /** The session; throws {@link RequestFailure} where there is none. */
  get(sessionId: string): Session {
    const session = this.find(sessionId);
    if (session) return session;
    throw new RequestFailure("unknown_session", `session ${sessionId} not found`);
  }

  /** Undefined: there is no such session. */
  statusOf(sessionId: string): SessionStatus | undefined {
    const seen = this.#sessions.seen(sessionId);
    if (!seen) return undefined;
    const { session, owner } = seen;
    const ledger = this.#observatory.ledgerOf(sessionId);
    ledger.read();
    return {
      sessionId,
      principal: owner,
      openedAtMs: ledger.openedAtMs,
      state: this.#turns.latest(session)?.state ?? "detached",
      turn: session.turns,
      client: ledger.client,
      ...session.figures,
      receivedBytes: ledger.receivedBytes,
      sentBytes: ledger.sentBytes,
      cells: ledger.cells,
      resumes: ledger.resumes,
      lastClose: ledger.lastClose,
    };
  }

  /** The ids of all sessions. */
  get ids(): Iterable<string> {
    return this.#sessions.ids;
  }

  /** Up to `limit` sessions after that with the id `after`, be it there or not, in the order of their ids. */
  page(after: string, limit: number): Page {
    const ids = Array.from(this.ids).filter((id) => id > after);
    const listed = ids.toSorted().slice(0, limit);
    const sessions = listed.map((id) => this.statusOf(id)).filter((status) => status !== undefined);
    return { sessions, total: this.#sessions.count, more: listed.length < ids.length };
  }
}
