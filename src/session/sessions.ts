import { createHash, timingSafeEqual } from "node:crypto";
import { nanoid } from "nanoid";
import type { Executor } from "../executor/executor.ts";
import type { Limits } from "../protocol/limits.ts";
import type { CancelTimer, Clock } from "./clock.ts";
import { LiveCells } from "./live-cells.ts";
import type { Principal } from "./principal.ts";
import type { SessionObserver } from "./session-event.ts";
import type { SessionContext } from "./session-context.ts";
import { Session } from "./session.ts";
import { Tally } from "./tally.ts";

/** Why a session cannot be attached to. */
export type SessionRefusal = "unknown_session" | "expired_session" | "forbidden";

/** The limit that is in the way of another session. */
export type SessionsLimit = "sessions" | "sessionsPerPrincipal";

interface Entry {
  readonly session: Session;
  /** The principal that opened it, and whose it is. */
  readonly owner: string;
  readonly tokenHash: Buffer;
  cancelExpiry: CancelTimer | undefined;
}

/** Expired and ended sessions that are remembered, so that they are not called unknown. */
const REMEMBERED = 1_000;

/** All sessions of the gateway. One without a host lives on for `sessionTtlMs`. */
export class Sessions {
  readonly #context: SessionContext;
  readonly #entries = new Map<string, Entry>();
  /** Their owners by their ids. */
  readonly #gone = new Map<string, string>();
  readonly #ofPrincipals = new Tally();

  /** `retryAfterMs` is asked before each cell: see {@link SessionContext}. */
  constructor(
    limits: Limits,
    clock: Clock,
    executor: Executor,
    observer: SessionObserver,
    retryAfterMs: () => number | undefined = () => undefined,
  ) {
    this.#context = {
      limits,
      clock,
      liveCells: new LiveCells(limits, executor),
      observer,
      retryAfterMs,
    };
  }

  /** Opens a session of `principal`, or names the limit in the way. The token is shown only here; a hash is kept. */
  open({ name, sessions }: Principal): { session: Session; token: string } | SessionsLimit {
    const { limits, observer } = this.#context;
    const refused = (limit: SessionsLimit): SessionsLimit => {
      observer.hear({ type: "limit_hit", limit, principal: name });
      return limit;
    };
    if (this.#entries.size >= limits.sessions) return refused("sessions");
    if (!this.#ofPrincipals.take(name, sessions ?? limits.sessionsPerPrincipal)) return refused("sessionsPerPrincipal");
    const token = nanoid(32);
    const session = new Session(nanoid(), this.#context);
    const entry: Entry = { session, owner: name, tokenHash: hash(token), cancelExpiry: undefined };
    this.#entries.set(session.sessionId, entry);
    observer.hear({ type: "session_opened", sessionId: session.sessionId, principal: name });
    return { session, token };
  }

  /**
   * The session, if it is `principal`'s and `token` is its own, which is compared in constant time. To any other principal
   * it is unknown, whatever the token: nothing tells somebody else's session from one that never was.
   */
  find(sessionId: string, token: string, { name }: Principal): Session | SessionRefusal {
    const entry = this.#entries.get(sessionId);
    if (!entry) return this.#gone.get(sessionId) === name ? "expired_session" : "unknown_session";
    if (entry.owner !== name) return "unknown_session";
    if (!timingSafeEqual(entry.tokenHash, hash(token))) return "forbidden";
    return entry.session;
  }

  /** A session and its owner's name, for whoever may see those of all principals. */
  seen(sessionId: string): { session: Session; owner: string } | undefined {
    return this.#entries.get(sessionId);
  }

  /** The ids of all sessions, in the order in which they were opened. */
  get ids(): Iterable<string> {
    return this.#entries.keys();
  }

  get count(): number {
    return this.#entries.size;
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
    const { sessionId } = session;
    const entry = this.#entries.get(sessionId);
    entry?.cancelExpiry?.();
    this.#entries.delete(sessionId);
    if (entry) {
      this.#ofPrincipals.release(entry.owner);
      this.#remember(sessionId, entry.owner);
      this.#context.observer.hear({ type: "session_ended", sessionId, principal: entry.owner });
    }
    session.end(onEnded);
  }

  get haveLiveCells(): boolean {
    return this.#entries.values().some(({ session }) => session.hasLiveCells);
  }

  /** Terminates the live cells of all sessions. */
  terminateCells(): void {
    for (const { session } of this.#entries.values()) session.terminateCells();
  }

  /** The gateway is closed: nobody comes back to any turn. */
  endTurns(): void {
    for (const { session } of this.#entries.values()) session.endTurn();
  }

  #remember(sessionId: string, owner: string): void {
    this.#gone.set(sessionId, owner);
    const [oldest] = this.#gone.keys();
    if (this.#gone.size > REMEMBERED && oldest !== undefined) this.#gone.delete(oldest);
  }
}

function hash(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
