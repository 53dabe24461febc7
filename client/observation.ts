import type { AnnouncedLimits } from "../src/protocol/limits.ts";
import type { SessionStatus } from "../src/protocol/observed-events.ts";
import type { ObserverHelloFrame, ObservingFrame, ScopeName, WatchFrame } from "../src/protocol/observer-frames.ts";
import type { DrainFrame } from "../src/protocol/server-frames.ts";
import type { CellStatus, JsonValue } from "../src/protocol/values.ts";
import { untilAborted } from "./abort.ts";
import type { Channel } from "./channel.ts";
import { type ClientLimits, limitsInForce } from "./client-limits.ts";
import type { Closure } from "./closure.ts";
import { CellgateError, RequestError } from "./errors.ts";
import type { NumbersEvent, SessionsEvent, ToldEvent, WatchedEvent } from "./observed.ts";
import { type ObserverAnswer, ObserverConnection, type ObserverRequest } from "./observer-connection.ts";
import type { ObserverRole } from "./observer-vocabulary.ts";
import type { Reconnector } from "./reconnector.ts";
import type { Reporter } from "./reporter.ts";
import type { StateEvent, States, TurnState } from "./states.ts";
import type { RequestOptions } from "./turn-options.ts";
import { Watches } from "./watches.ts";

/** What an {@link Observation} is made with. */
interface ObservationOptions {
  readonly hello: ObserverHelloFrame;
  readonly reconnector?: Reconnector<ObserverRole> | undefined;
  readonly states: States;
  readonly reporter: Reporter;
  readonly onDrain?: ((event: { deadlineMs: number; retryAfterMs: number }) => void) | undefined;
}

/** Which of the sessions {@link Observation.listSessions} lists. */
export interface ListSessionsOptions extends RequestOptions {
  /** Those after this id, in the order of ids. Default: from the first. */
  readonly after?: string | undefined;
  /** How many at most. Default and ceiling: 1,000. */
  readonly limit?: number | undefined;
}

/** A part of all sessions. */
export interface SessionsPage {
  readonly sessions: SessionStatus[];
  /** How many there are in all. */
  readonly total: number;
  /** Whether there are others after the last of these. */
  readonly more: boolean;
}

/** What {@link Observation.watchSession} shows. */
export interface WatchSessionOptions {
  /** Whether its frames are shown. Default: false. */
  readonly frames?: boolean | undefined;
  /** Frames above this size are shown without their bytes. Default: 65,536. */
  readonly frameBytes?: number | undefined;
  /** Shows every n-th frame only. Default: 1. */
  readonly sample?: number | undefined;
}

/** Something that is watched. */
export interface Watch {
  /** Resolves when the gateway has begun to watch. Rejects with a `RequestError` where it refuses. */
  readonly started: Promise<void>;
  /** The listener hears nothing more. */
  stop(): void;
}

/** The answer with this tag. */
type Answer<Tag extends ObserverAnswer["type"]> = Extract<ObserverAnswer, { type: Tag }>;

type Unnumbered<F> = F extends { id: number } ? Omit<F, "id"> : never;

/**
 * What an observer sees of a gateway: the sessions of all principals, what happens in them, and the gateway's numbers.
 *
 * A connection that is lost is made again, unless `reconnect` says otherwise: every listener hears of a gap, and then
 * everything anew. What listeners throw goes to `onError`. Requests reject as those of a `Turn` do.
 */
export class Observation implements AsyncDisposable {
  /** How the observation ended. Never rejects. */
  readonly closed: Promise<Closure>;
  readonly #options: ObservationOptions;
  readonly #watches = new Watches();
  readonly #connection: ObserverConnection;
  #latest: Greeting;

  /** Takes over `channel`, which has just brought `welcome`. */
  constructor(channel: Channel<ObserverRole>, welcome: ObservingFrame, options: ObservationOptions) {
    this.#options = options;
    this.#latest = greetingOf(welcome);
    this.#connection = new ObserverConnection(channel, welcome, {
      ...options,
      listener: {
        push: (frame) => {
          if (frame.type === "observed") this.#watches.observed(frame, this.#latest.limits);
          else this.#drains(frame);
        },
        refused: (error) => options.reporter.report(error),
        resumed: (latest) => this.#resumed(latest),
        closed: () => this.#watches.clear(),
      },
    });
    this.closed = this.#connection.closed;
  }

  /** What the token allows: ending cells and sessions needs `admin`. */
  get scopes(): readonly ScopeName[] {
    return this.#latest.welcome.scopes;
  }

  /** What the gateway allows, by the names in protocol.md. */
  get limits(): AnnouncedLimits {
    return this.#latest.welcome.limits;
  }

  /** The gateway's software. */
  get server(): { readonly name: string; readonly version: string } {
    return this.#latest.welcome.server;
  }

  /** Milliseconds by which the gateway's clock, of which all `atMs` are, is ahead of this machine's. */
  get clockOffsetMs(): number {
    return this.#latest.clockOffsetMs;
  }

  /** Where the connection stands. */
  get state(): TurnState {
    return this.#options.states.latest.state;
  }

  /** As that of a `Turn`. */
  states(): AsyncGenerator<StateEvent, void, undefined> {
    return this.#options.states.follow();
  }

  /** Watches all sessions: each one as it stands first, and then whichever changes, four times a second at most. */
  watchSessions(listener: (event: SessionsEvent) => void): Watch {
    return this.#watch({ type: "watch", topic: "sessions" }, listener as (event: ToldEvent) => void);
  }

  /** Watches one session: a `snapshot` first, and then what happens in it. */
  watchSession(sessionId: string, options: WatchSessionOptions, listener: (event: WatchedEvent) => void): Watch {
    const { frames, frameBytes, sample } = options;
    const frame = { type: "watch", topic: "session", sessionId, frames, frameBytes, sample } as const;
    return this.#watch(frame, listener as (event: ToldEvent) => void);
  }

  /** Watches the gateway's numbers, once a second. */
  watchMetrics(listener: (event: NumbersEvent) => void): Watch {
    return this.#watch({ type: "watch", topic: "metrics" }, listener as (event: ToldEvent) => void);
  }

  /** Sessions as they stand. */
  async listSessions({ after, limit, signal }: ListSessionsOptions = {}): Promise<SessionsPage> {
    const { sessions, total, more } = await this.#ask("sessions", { type: "list_sessions", after, limit }, { signal });
    return { sessions, total, more };
  }

  /** The cells of a session whose outcome was not taken. */
  async listCells(sessionId: string, options?: RequestOptions): Promise<CellStatus[]> {
    return (await this.#ask("cells", { type: "list_cells", sessionId }, options)).cells;
  }

  /** What the cells of a session stored. */
  async storedValues(sessionId: string, options?: RequestOptions): Promise<{ [key: string]: JsonValue }> {
    return (await this.#ask("stored_values", { type: "stored_values", sessionId }, options)).values;
  }

  /** Ends a cell, and resolves when its isolate is gone. Its outcome is left to the session's host. Needs the scope `admin`. */
  async terminate(sessionId: string, cellId: string, options?: RequestOptions): Promise<void> {
    await this.#ask("ok", { type: "terminate", sessionId, cellId }, options);
  }

  /** Ends a session, and resolves when its cells are gone. Needs the scope `admin`. */
  async endSession(sessionId: string, options?: RequestOptions): Promise<void> {
    await this.#ask("ok", { type: "end_session", sessionId }, options);
  }

  /** Closes the connection, in three seconds at most. */
  async close(): Promise<void> {
    await this.#connection.close();
  }

  /** Like `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #watch(fields: Unnumbered<WatchFrame>, listener: (event: ToldEvent) => void): Watch {
    const { reporter } = this.#options;
    const frame: WatchFrame = { ...fields, id: this.#connection.nextId() };
    this.#watches.add(frame, (event) => reporter.run(() => listener(event)));
    const started = this.#begin(frame);
    started.catch(() => this.#watches.remove(frame.id));
    return { started, stop: () => this.#unwatch(frame.id) };
  }

  async #begin(frame: WatchFrame): Promise<void> {
    await this.#connection.ask(frame);
    this.#watches.started(frame.id);
  }

  #unwatch(watchId: number): void {
    if (!this.#watches.remove(watchId)) return;
    void this.#ask("ok", { type: "unwatch", watchId }).catch(() => {});
  }

  async #ask<Tag extends ObserverAnswer["type"]>(
    tag: Tag,
    frame: Unnumbered<ObserverRequest>,
    { signal }: RequestOptions = {},
  ): Promise<Answer<Tag>> {
    signal?.throwIfAborted();
    const id = this.#connection.nextId();
    const answer = await untilAborted(this.#connection.ask({ ...frame, id }), signal);
    if (answer.type === tag) return answer as Answer<Tag>;
    const message = `answer to request ${id}: expected ${tag}, got ${answer.type}`;
    throw new CellgateError(message, { code: "unexpected_answer", retryable: false });
  }

  #resumed(welcome: ObservingFrame): void {
    this.#latest = greetingOf(welcome);
    for (const frame of this.#watches.restart()) {
      this.#begin(frame).catch((error: unknown) => {
        const isGone = error instanceof RequestError && error.code === "unknown_session";
        if (isGone) this.#watches.gone(frame, Date.now() + this.clockOffsetMs);
        else this.#options.reporter.report(error);
      });
    }
  }

  #drains({ deadlineMs, retryAfterMs }: DrainFrame): void {
    const { reporter, onDrain } = this.#options;
    reporter.run(() => onDrain?.({ deadlineMs, retryAfterMs }));
  }
}

/** What the gateway says of itself at each connection. */
interface Greeting {
  readonly welcome: ObservingFrame;
  readonly limits: ClientLimits;
  readonly clockOffsetMs: number;
}

function greetingOf(welcome: ObservingFrame): Greeting {
  return { welcome, limits: limitsInForce(welcome.limits), clockOffsetMs: welcome.nowMs - Date.now() };
}
