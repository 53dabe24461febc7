import type { ClientFrame } from "../src/protocol/client-frames.ts";
import { CodecError } from "../src/protocol/codec-error.ts";
import type { ServerFrame } from "../src/protocol/server-frames.ts";
import { Acknowledger } from "./acknowledger.ts";
import type { Channel } from "./channel.ts";
import { type Closure, closureError } from "./closure.ts";
import { type ConnectionError, RequestError, UnsentError } from "./errors.ts";
import { type Pending, Requests } from "./requests.ts";

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
  /** Nothing more comes. */
  closed(error: ConnectionError): void;
}

/** A frame before it has its id. */
type Unnumbered<F> = F extends { id: number } ? Omit<F, "id"> : never;

/** A frame that asks for an answer, before it has its id. */
export type RequestFrame = Unnumbered<Exclude<ClientFrame, { type: "yield" | "cancel" }>>;

/** What a turn does with its channel from `welcome` on: requests and their answers, acknowledgements, the end. */
export class Connection {
  readonly closed: Promise<Closure>;
  readonly #channel: Channel;
  readonly #listener: ConnectionListener;
  readonly #requests = new Requests();
  readonly #acknowledger = new Acknowledger((seq) => this.#sendAck(seq));
  readonly #ended = Promise.withResolvers<Closure>();
  /** How the connection ended, once it has. */
  #closure: Closure | undefined;

  constructor(channel: Channel, listener: ConnectionListener) {
    this.#channel = channel;
    this.#listener = listener;
    this.closed = this.#ended.promise;
    channel.listen({
      opened: () => {},
      frame: (frame, bytes) => this.#receive(frame, bytes),
      closed: (closure) => this.#end(closure),
    });
  }

  /**
   * Sends a request, which `pending` hears the answers to, and returns its id. Throws {@link UnsentError} where the frame
   * is over a limit, and a `ConnectionError` after the end.
   */
  ask(frame: RequestFrame, pending: Pending): number {
    this.#assertOpen();
    const id = this.#requests.add(pending);
    try {
      this.send({ ...frame, id });
    } catch (error) {
      this.#requests.drop(id);
      if (!(error instanceof CodecError)) throw error;
      throw new UnsentError(`${frame.type}: ${error.message}`, "bad_frame", error);
    }
    return id;
  }

  /** Ids of the requests that are pending and pass. */
  pendingIds(test: (pending: Pending) => boolean): number[] {
    return this.#requests.idsOf(test);
  }

  /** Resolves with the next `pong`. */
  async ping(): Promise<void> {
    this.#assertOpen();
    const pong = Promise.withResolvers<void>();
    this.#requests.addPing(pong);
    this.send({ type: "ping" });
    return pong.promise;
  }

  /** Sends a frame, and the acknowledgement that is due with it. Throws a `CodecError`; then nothing was sent. */
  send(frame: ClientFrame): void {
    const ack = this.#acknowledger.due;
    this.#channel.send(ack === undefined ? frame : { ...frame, ack });
    if (ack !== undefined) this.#acknowledger.sent(ack);
  }

  /** Acknowledges what arrived, closes, and resolves when that is done. */
  async close(): Promise<void> {
    this.#acknowledger.flush();
    this.#channel.close(1000, "");
    await this.closed;
  }

  #receive(frame: ServerFrame, bytes: number): void {
    if ("seq" in frame) this.#acknowledger.received(frame.seq, bytes);
    switch (frame.type) {
      case "started":
      case "content":
      case "yielded":
      case "result":
      case "terminated":
      case "cells":
      case "stored_values":
      case "ok":
        return this.#requests.answer(frame);
      case "error":
        if (!this.#requests.refuse(frame)) this.#listener.refused(new RequestError(frame));
        return;
      case "tool_call":
      case "tool_cancel":
      case "notify":
      case "cell_finished":
      case "cell_closed":
      case "drain":
        return this.#listener.push(frame);
      case "pong":
        return this.#requests.pong();
      case "welcome":
        return; // a second one has nothing to say
      default:
        frame satisfies never;
    }
  }

  #end(closure: Closure): void {
    this.#closure = closure;
    this.#acknowledger.stop();
    const error = closureError(closure, "the connection was closed");
    this.#requests.failAll(error);
    this.#listener.closed(error);
    this.#ended.resolve(closure);
  }

  #sendAck(seq: number): void {
    this.#channel.send({ type: "ack", seq });
    this.#acknowledger.sent(seq);
  }

  #assertOpen(): void {
    if (this.#closure) throw closureError(this.#closure, "the connection is closed");
  }
}
