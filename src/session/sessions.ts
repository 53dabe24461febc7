import { createHash, timingSafeEqual } from "node:crypto";
import { nanoid } from "nanoid";
import type { Executor } from "../executor/executor.ts";
import type { Limits } from "../protocol/limits.ts";
import type { CancelTimer, Clock } from "./clock.ts";
import { LiveCells } from "./live-cells.ts";
import { Session, type SessionContext } from "./session.ts";

/** Why a session cannot be attached to. */
export type SessionRefusal = "unknown_session" | "expired_session" | "forbidden";

interface Entry {
  readonly session: Session;
  readonly tokenHash: Buffer;
  cancelExpiry: CancelTimer | undefined;
}

/** Expired and ended sessions that are remembered, so that they are not called unknown. */
const REMEMBERED = 1_000;

/** All sessions of the gateway. One without a host lives on for `sessionTtlMs`. */
export class Sessions {
  readonly #context: SessionContext;
  readonly #entries = new Map<string, Entry>();
  readonly #gone = new Set<string>();
  #droppedOutcomes = 0;

  /** `log` hears of outcomes that were dropped unread, one line each. */
  constructor(limits: Limits, clock: Clock, executor: Executor, log: (line: string) => void = () => {}) {
    this.#context = {
      limits,
      clock,
      liveCells: new LiveCells(limits, executor),
      outcomeDropped: (cellId) => {
        this.#droppedOutcomes += 1;
        log(`the outcome of cell ${cellId} was dropped unread (${this.#droppedOutcomes} so far)`);
      },
    };
  }

  /** Opens a session. Undefined: there are as many as there may be. The token is shown only here; a hash is kept. */
  open(): { session: Session; token: string } | undefined {
    if (this.#entries.size >= this.#context.limits.sessions) return undefined;
    const token = nanoid(32);
    const session = new Session(nanoid(), this.#context);
    this.#entries.set(session.sessionId, { session, tokenHash: hash(token), cancelExpiry: undefined });
    return { session, token };
  }

  /** The session, if `token` is its own; it is compared in constant time. */
  find(sessionId: string, token: string): Session | SessionRefusal {
    const entry = this.#entries.get(sessionId);
    if (!entry) return this.#gone.has(sessionId) ? "expired_session" : "unknown_session";
    if (!timingSafeEqual(entry.tokenHash, hash(token))) return "forbidden";
    return entry.session;
  }

  /** A host came or went: the session's time without one is counted from its going. */
  hostChanged({ sessionId, hasHost }: Session): void {
    const entry = this.#entries.get(sessionId);
    if (!entry) return;
    entry.cancelExpiry?.();
    const { clock, limits } = this.#context;
    entry.cancelExpiry = hasHost ? undefined : clock.after(limits.sessionTtlMs, () => this.end(entry.session));
  }

  /** Ends the session: nobody finds it any more, its live cells are terminated, and then `onEnded` is called. */
  end(session: Session, onEnded: () => void = () => {}): void {
    this.#entries.get(session.sessionId)?.cancelExpiry?.();
    this.#entries.delete(session.sessionId);
    this.#remember(session.sessionId);
    session.end(onEnded);
  }

  #remember(sessionId: string): void {
    this.#gone.add(sessionId);
    const [oldest] = this.#gone;
    if (this.#gone.size > REMEMBERED && oldest !== undefined) this.#gone.delete(oldest);
  }
}

function hash(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
