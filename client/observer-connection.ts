import { CodecError } from "../src/protocol/codec-error.ts";
import type { ErrorFrame } from "../src/protocol/server-frames.ts";
import type {
  ObserverHelloFrame,
  ObserverServerFrame,
  ObservingFrame,
  ObserverClientFrame,
} from "../src/protocol/observer-frames.ts";
import { type Channel, deaf } from "./channel.ts";
import { type Closure, closureError, closureOf } from "./closure.ts";
import { type ConnectionError, RequestError, UnsentError } from "./errors.ts";
import type { ObserverRole } from "./observer-vocabulary.ts";
import type { Reconnection, Reconnector } from "./reconnector.ts";
import type { States } from "./states.ts";
import { Watchdog } from "./watchdog.ts";

/** Requests that may wait for their answers, or for a connection. */
const mostPending = 1_000;

/** A frame of an observer that is answered, under its id. */
export type ObserverRequest = Extract<ObserverClientFrame, { id: number }>;

/** A frame that answers one. */
export type ObserverAnswer = Exclude<Extract<ObserverServerFrame, { id: number }>, { type: "error" }>;

/** Hears what answers no request. None may throw. */
export interface ObserverListener {
  push(frame: Extract<ObserverServerFrame, { type: "observed" | "drain" }>): void;
  /** The gateway refused what no pending request stands for. */
  refused(error: RequestError): void;
  /** Connected again: these requests go ahead of those that wait. */
  resumed(welcome: ObservingFrame): void;
  /** Nothing more comes. */
  closed(): void;
}

/** What an {@link ObserverConnection} is made of. */
export interface ObserverConnectionOptions {
  readonly listener: ObserverListener;
  readonly states: States;
  readonly hello: ObserverHelloFrame;
  /** Absent: the observation ends with its channel. */
  readonly reconnector?: Reconnector<ObserverRole> | undefined;
}

interface Pending extends Pick<PromiseWithResolvers<ObserverAnswer>, "resolve" | "reject"> {
  readonly request: ObserverRequest;
  /** How often it was asked: more than once where the answer may have been lost with a channel. */
  asked: number;
}

/** What a request that ends something is refused with once it has ended. */
const foundEnded: { readonly [Tag in ObserverRequest["type"]]?: readonly string[] } = {
  end_session: ["unknown_session"],
  terminate: ["unknown_session", "unknown_cell"],
};

/**
 * The connection of an observer from `observing` on, over one channel after the other. What was asked and not answered when
 * a channel was lost is asked again on the next: nothing that an observer asks for does more when it is done twice, and
 * what is found ended then was ended by the first.
 *
 * ```
 * open ──cut──▶ lost ──no way back, close()──▶ closed
 *  ▲ │           │                               ▲
 *  │ └───────────┼──────── any other end ────────┘
 *  └──observing──┘
 * ```
 */
export class ObserverConnection {
  readonly closed: Promise<Closure>;
  readonly #options: ObserverConnectionOptions;
  readonly #pending = new Map<number, Pending>();
  readonly #ended = Promise.withResolvers<Closure>();
  #phase: "open" | "lost" | "closed" = "open";
  #channel: Channel<ObserverRole>;
  #watchdog: Watchdog | undefined;
  /** How the channel was lost, or the connection ended. */
  #closure: Closure | undefined;
  #lastId = 0;

  /** Takes over `channel`, which has just brought `welcome`. */
  constructor(channel: Channel<ObserverRole>, welcome: ObservingFrame, options: ObserverConnectionOptions) {
    this.#channel = channel;
    this.#options = options;
    this.closed = this.#ended.promise;
    this.#listen(welcome);
    options.states.set({ state: "open" });
  }

  /** An id for the next request. */
  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  /**
   * Asks, now or when there is a connection again. Rejects with a {@link RequestError}, an {@link UnsentError} where the
   * frame is over a limit or too much waits, and a {@link ConnectionError} at the end.
   */
  async ask(request: ObserverRequest): Promise<ObserverAnswer> {
    if (this.#phase === "closed" && this.#closure) throw closureError(this.#closure, "the connection is closed");
    this.#assertFits(request);
    const { promise, resolve, reject } = Promise.withResolvers<ObserverAnswer>();
    const pending: Pending = { request, asked: 0, resolve, reject };
    this.#pending.set(request.id, pending);
    if (this.#phase === "open") this.#send(pending);
    return promise;
  }

  /** Closes, and resolves when that is done. */
  async close(): Promise<void> {
    this.#watchdog?.stop();
    if (this.#phase === "open") this.#channel.close(1000, "");
    else if (this.#phase === "lost") {
      this.#options.reconnector?.stop();
      this.#end(closureOf(1000, ""));
    }
    await this.closed;
  }

  #send(pending: Pending): void {
    pending.asked += 1;
    this.#channel.send(pending.request);
  }

  #assertFits(request: ObserverRequest): void {
    if (this.#pending.size >= mostPending) {
      throw new UnsentError(`expected at most ${mostPending} requests to wait for their answers`, "queue_full");
    }
    try {
      this.#channel.measure(request);
    } catch (error) {
      if (error instanceof CodecError) throw new UnsentError(`${request.type}: ${error.message}`, "bad_frame", error);
      throw error;
    }
  }

  #listen({ heartbeatMs }: ObservingFrame): void {
    const channel = this.#channel;
    channel.listen({
      opened: () => {},
      frame: (frame) => this.#receive(frame),
      closed: (closure) => this.#lose(closure),
    });
    const { reconnector } = this.#options;
    if (!reconnector) return;
    this.#watchdog = new Watchdog({
      heartbeatMs,
      page: reconnector.page,
      ping: () => void channel.send({ type: "ping" }),
      lost: (closure) => this.#drop(closure),
    });
  }

  #receive(frame: ObserverServerFrame): void {
    this.#watchdog?.heard();
    switch (frame.type) {
      case "ok":
      case "cells":
      case "sessions":
      case "stored_values": {
        // An answer for nobody is ignored: it is late.
        this.#pending.get(frame.id)?.resolve(frame);
        this.#pending.delete(frame.id);
        return;
      }
      case "error":
        return this.#refused(frame);
      case "observed":
      case "drain":
        return this.#options.listener.push(frame);
      case "pong":
      case "observing":
        return; // a second one has nothing to say
      default:
        frame satisfies never;
    }
  }

  #refused(frame: Pick<ErrorFrame, "id" | "code" | "message">): void {
    const error = new RequestError(frame);
    const pending = frame.id === undefined ? undefined : this.#pending.get(frame.id);
    if (!pending) return this.#options.listener.refused(error);
    const { request, asked } = pending;
    this.#pending.delete(request.id);
    const isDone = asked > 1 && foundEnded[request.type]?.includes(error.code);
    if (isDone) pending.resolve({ type: "ok", id: request.id });
    else pending.reject(error);
  }

  /** Gives the channel up without its farewell, which could take long and would change nothing. */
  #drop(closure: Closure): void {
    this.#channel.listen(deaf);
    this.#channel.close(closure.code, closure.reason);
    this.#lose(closure);
  }

  #lose(closure: Closure): void {
    this.#watchdog?.stop();
    const { reconnector } = this.#options;
    if (!reconnector?.canHelp(closure)) return this.#end(closure);
    this.#phase = "lost";
    void reconnector.reconnect(closure, this.#reconnection);
  }

  get #reconnection(): Reconnection<ObserverRole> {
    const { states, hello } = this.#options;
    return {
      maxMs: Infinity,
      hello: () => hello,
      waiting: (loss) => states.set({ state: "lost", ...loss }),
      trying: (attempt) => states.set({ state: "connecting", attempt }),
      connected: (channel, welcome) => this.#resume(channel, welcome),
      gaveUp: (closure) => this.#end(closure),
    };
  }

  #resume(channel: Channel<ObserverRole>, welcome: ObservingFrame): void {
    const waiting = [...this.#pending.values()];
    this.#channel = channel;
    this.#phase = "open";
    this.#listen(welcome);
    this.#options.listener.resumed(welcome);
    for (const pending of waiting) if (this.#pending.has(pending.request.id)) this.#send(pending);
    this.#options.states.set({ state: "resumed", complete: false });
  }

  #end(closure: Closure): void {
    this.#phase = "closed";
    this.#closure = closure;
    const error: ConnectionError = closureError(closure, "the connection was closed");
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
    this.#options.listener.closed();
    this.#options.states.set({ state: "closed", closure });
    this.#ended.resolve(closure);
  }
}
