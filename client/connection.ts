import type { HelloFrame } from "../src/protocol/client-frames.ts";
import type { ServerFrame, WelcomeFrame } from "../src/protocol/server-frames.ts";
import { type Channel, deaf } from "./channel.ts";
import { limitsInForce } from "./client-limits.ts";
import { type Closure, closureError, closureOf } from "./closure.ts";
import { type ConnectionError, RequestError } from "./errors.ts";
import type { ToolAnswer } from "./kept-answers.ts";
import { Outbox } from "./outbox.ts";
import type { Reconnection, Reconnector } from "./reconnector.ts";
import type { FollowUpFrame, Pending, RequestFrame } from "./requests.ts";
import type { States } from "./states.ts";
import { Watchdog } from "./watchdog.ts";

/** A frame that answers no request. */
export type PushFrame = Extract<
  ServerFrame,
  { type: "tool_call" | "tool_cancel" | "notify" | "cell_finished" | "cell_closed" | "drain" }
>;

/** Hears what answers no request. None may throw. */
export interface ConnectionListener {
  push(frame: PushFrame): void;
  /** The gateway refused a frame that no pending request stands for. */
  refused(error: RequestError): void;
  /** Connected again; `welcome` says what is open still, and whether frames were missed. */
  resumed(welcome: WelcomeFrame): void;
  /** Nothing more comes. */
  closed(error: ConnectionError): void;
}

/** What a {@link Connection} is made of. */
export interface ConnectionOptions {
  readonly listener: ConnectionListener;
  readonly states: States;
  /** Absent: the turn ends with its channel. */
  readonly reconnector?: Reconnector | undefined;
  readonly client?: HelloFrame["client"];
}

/**
 * The connection of a turn from `welcome` on, over one channel after the other: what comes, what goes out, the cuts in
 * between, and the end.
 *
 * ```
 * open ──cut──▶ lost ──no way back, close()──▶ closed
 *  ▲ │           │                               ▲
 *  │ └───────────┼──────── any other end ────────┘
 *  └───welcome───┘
 * ```
 */
export class Connection {
  readonly closed: Promise<Closure>;
  readonly #welcome: WelcomeFrame;
  readonly #options: ConnectionOptions;
  readonly #outbox: Outbox;
  readonly #ended = Promise.withResolvers<Closure>();
  #phase: "open" | "lost" | "closed" = "open";
  #channel: Channel;
  #watchdog: Watchdog | undefined;
  /** How the channel was lost, or the connection ended. */
  #closure: Closure | undefined;

  /** Takes over `channel`, which has just brought `welcome`. */
  constructor(channel: Channel, welcome: WelcomeFrame, options: ConnectionOptions) {
    const { reconnector, states } = options;
    this.#channel = channel;
    this.#welcome = welcome;
    this.#options = options;
    const { maxQueuedBytes } = reconnector?.options ?? {};
    this.#outbox = new Outbox(channel, welcome, { resumes: reconnector !== undefined, maxQueuedBytes });
    this.closed = this.#ended.promise;
    this.#listen(welcome);
    states.set({ state: "open" });
  }

  /**
   * Sends a request, now or when there is a connection again, and returns its id; `pending` hears the answers. Throws an
   * `UnsentError` where the frame is over a limit or too much waits, and a `ConnectionError` after the end.
   */
  ask(frame: RequestFrame, pending: Pending): number {
    this.#assertUsable();
    return this.#outbox.ask(frame, pending);
  }

  /** Takes a request back that was never sent, for want of a connection. Returns whether it did. */
  withdraw(id: number): boolean {
    return this.#outbox.withdraw(id);
  }

  /** Says something about a request, unless it has been answered. */
  follow(frame: FollowUpFrame): void {
    this.#outbox.follow(frame);
  }

  /** Sends the answer to a tool call, as `ask` does. Throws a `CodecError` where it is over a limit. */
  answer(frame: ToolAnswer): void {
    if (this.#phase !== "closed") this.#outbox.answer(frame);
  }

  /** Ids of the requests that are pending and pass. */
  pendingIds(test: (pending: Pending) => boolean): number[] {
    return this.#outbox.requests.idsOf(test);
  }

  /** Resolves with its `pong`. */
  async ping(): Promise<void> {
    this.#assertUsable();
    const pong = Promise.withResolvers<void>();
    this.#outbox.ping(pong);
    return pong.promise;
  }

  /** Acknowledges what arrived, closes, and resolves when that is done. */
  async close(): Promise<void> {
    this.#watchdog?.stop();
    if (this.#phase === "open") this.#outbox.uplink.close(1000, "");
    else if (this.#phase === "lost") {
      this.#options.reconnector?.stop();
      this.#end(closureOf(1000, ""));
    }
    await this.closed;
  }

  #listen({ heartbeatMs }: WelcomeFrame): void {
    this.#channel.listen({
      opened: () => {},
      frame: (frame, size) => this.#receive(frame, size),
      closed: (closure) => this.#lose(closure),
    });
    const { reconnector } = this.#options;
    if (!reconnector) return;
    this.#watchdog = new Watchdog({
      heartbeatMs,
      page: reconnector.page,
      ping: () => this.#outbox.ping(),
      lost: (closure) => this.#drop(closure),
    });
  }

  #receive(frame: ServerFrame, size: number): void {
    this.#watchdog?.heard();
    const { uplink, requests } = this.#outbox;
    // After a cut, what was under way may come once more.
    if ("seq" in frame && frame.type !== "welcome" && !uplink.received(frame.seq, size)) return;
    switch (frame.type) {
      case "started":
      case "content":
      case "yielded":
      case "result":
      case "terminated":
      case "cells":
      case "stored_values":
      case "ok":
        return requests.answer(frame);
      case "error":
        if (!requests.refuse(frame)) this.#options.listener.refused(new RequestError(frame));
        return;
      case "tool_call":
      case "tool_cancel":
      case "notify":
      case "cell_finished":
      case "cell_closed":
      case "drain":
        return this.#options.listener.push(frame);
      case "pong":
        return this.#outbox.pong(frame);
      case "welcome":
        return; // a second one has nothing to say
      default:
        frame satisfies never;
    }
  }

  /** Gives the channel up without its farewell, which could take long and would change nothing. */
  #drop(closure: Closure): void {
    this.#channel.listen(deaf);
    this.#channel.close(closure.code, closure.reason);
    this.#lose(closure);
  }

  #lose(closure: Closure): void {
    this.#watchdog?.stop();
    this.#outbox.uplink.lose();
    const { reconnector } = this.#options;
    if (!reconnector?.canHelp(closure)) return this.#end(closure);
    this.#phase = "lost";
    this.#closure = closure;
    void reconnector.reconnect(closure, this.#reconnection(closure));
  }

  #reconnection(lost: Closure): Reconnection {
    const { states, client } = this.#options;
    const { sessionId, sessionToken, turn, limits } = this.#welcome;
    return {
      maxMs: limitsInForce(limits).sessionTtlMs,
      hello: () => ({ type: "hello", sessionId, sessionToken, turn, lastSeq: this.#outbox.uplink.lastSeq, client }),
      waiting: (loss) => states.set({ state: "lost", ...loss }),
      trying: (attempt) => states.set({ state: "connecting", attempt }),
      connected: (channel, welcome) => this.#resume(channel, welcome, lost),
      gaveUp: (closure) => this.#end(closure),
    };
  }

  #resume(channel: Channel, welcome: WelcomeFrame, lost: Closure): void {
    this.#channel = channel;
    const { turn } = this.#welcome;
    if (welcome.turn !== turn) {
      // Another turn knows nothing of what was asked in this one: an execute could run twice.
      const reason = `expected the gateway to go on with turn ${turn}, got turn ${welcome.turn}`;
      channel.listen(deaf);
      channel.close(1000, "");
      return this.#end(closureOf(1006, reason));
    }
    this.#phase = "open";
    this.#listen(welcome);
    this.#options.listener.resumed(welcome);
    this.#outbox.resume(channel, welcome, lost.code === 1009);
    this.#options.states.set({ state: "resumed", complete: welcome.resumed });
  }

  #end(closure: Closure): void {
    this.#phase = "closed";
    this.#closure = closure;
    const error = closureError(closure, "the connection was closed");
    this.#outbox.end(error);
    this.#options.listener.closed(error);
    this.#options.states.set({ state: "closed", closure });
    this.#ended.resolve(closure);
  }

  #assertUsable(): void {
    if (this.#phase === "closed" && this.#closure) throw closureError(this.#closure, "the connection is closed");
  }
}
