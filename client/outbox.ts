import { CodecError } from "../src/protocol/codec-error.ts";
import type { PongFrame, WelcomeFrame } from "../src/protocol/server-frames.ts";
import type { Channel } from "./channel.ts";
import { UnsentError } from "./errors.ts";
import { type KeptAnswer, KeptAnswers, type ToolAnswer } from "./kept-answers.ts";
import { Pings } from "./pings.ts";
import { QueueRoom } from "./queue-room.ts";
import { type FollowUpFrame, type Pending, type Request, type RequestFrame, Requests } from "./requests.ts";
import { type Kept, Uplink } from "./uplink.ts";

/** How an {@link Outbox} works. */
export interface OutboxOptions {
  /** Whether what was said may have to be said again. */
  readonly resumes: boolean;
  /** Bytes that may wait for a connection. Default: 16 MiB. */
  readonly maxQueuedBytes?: number | undefined;
}

/**
 * What a turn says: at once over the channel that there is, or when there is one again. What has no answer is kept, and
 * said again on the next channel. The gateway recognises it, so that nothing is done twice: a request by its id, an answer
 * to a tool call by that of the call.
 */
export class Outbox {
  readonly requests = new Requests();
  readonly uplink: Uplink;
  readonly #resumes: boolean;
  readonly #room: QueueRoom;
  readonly #answers = new KeptAnswers();
  readonly #pings = new Pings();

  /** `welcome` is what `channel` has just brought. */
  constructor(channel: Channel, welcome: WelcomeFrame, { resumes, maxQueuedBytes = 16 * 1024 * 1024 }: OutboxOptions) {
    this.uplink = new Uplink(channel, welcome);
    this.#resumes = resumes;
    this.#room = new QueueRoom(maxQueuedBytes);
  }

  /** Sends a request and returns its id. Throws an {@link UnsentError} where it is over a limit, or too much waits. */
  ask(frame: RequestFrame, pending: Pending): number {
    const request = this.requests.add(frame, pending);
    const { id } = request.frame;
    try {
      if (this.uplink.isOpen) this.#send(request);
      else this.#wait(request);
    } catch (error) {
      this.requests.drop(id);
      if (!(error instanceof CodecError)) throw error;
      throw new UnsentError(`${frame.type}: ${error.message}`, "bad_frame", error);
    }
    return id;
  }

  /** Takes a request back that waits for a connection and was never sent. Returns whether it did. */
  withdraw(id: number): boolean {
    const request = this.requests.get(id);
    if (!request || request.sent) return false;
    this.requests.drop(id);
    this.#room.release(this.uplink.measure(request.frame));
    return true;
  }

  /** Says something about a request, unless it has been answered. */
  follow(frame: FollowUpFrame): void {
    const request = this.requests.get(frame.id);
    if (!request) return;
    request.followUps.push(frame);
    if (this.uplink.isOpen) this.uplink.send(frame);
  }

  /** Sends the answer to a tool call. Throws a `CodecError` where it is over a limit; then nothing is sent. */
  answer(frame: ToolAnswer): void {
    const answer: KeptAnswer = { frame, sent: undefined };
    if (this.uplink.isOpen) this.#send(answer);
    else this.#room.add(this.uplink.measure(frame));
    if (!this.#resumes) return;
    this.#answers.keep(answer);
    if (this.uplink.isOpen && this.#answers.isPingDue()) this.ping();
  }

  /** Asks for a pong, for which somebody may wait. */
  ping(waiting?: PromiseWithResolvers<void>): void {
    this.#pings.add(waiting);
    if (this.uplink.isOpen) this.uplink.send({ type: "ping" });
  }

  pong({ received }: PongFrame): void {
    this.#answers.confirm(received);
    this.#pings.pong();
  }

  /**
   * Goes on over this channel. `tooBig`: the last one was closed because of a frame that was too large for something on
   * the way, which is not sent again.
   */
  resume(channel: Channel, welcome: WelcomeFrame, tooBig: boolean): void {
    if (tooBig) this.#giveUpLargest(welcome.received);
    this.uplink.attach(channel, welcome);
    this.#room.clear();
    this.#answers.retain(welcome.openCalls);
    for (const request of this.requests) {
      if (!welcome.resumed) request.pending.missed();
      this.#send(request);
      for (const frame of request.followUps) this.uplink.send(frame);
    }
    for (const answer of this.#answers) this.#send(answer);
    const pings = this.#pings.restart();
    for (let count = 0; count < pings; count++) this.uplink.send({ type: "ping" });
  }

  /** Nothing is said or answered any more. */
  end(error: Error): void {
    this.requests.failAll(error);
    this.#pings.failAll(error);
  }

  /** What stops a cell must not be refused: an abort has nobody whom it could tell, and the cell would run on. */
  #wait({ frame }: Request): void {
    const bytes = this.uplink.measure(frame);
    if (frame.type === "terminate") this.#room.add(bytes);
    else this.#room.take(bytes);
  }

  #send(kept: Kept): void {
    kept.sent = this.uplink.send(kept.frame);
  }

  /** Frames arrive in order, so that of those which did not arrive the largest was too large, if any was. */
  #giveUpLargest(received: number): void {
    const isLost = ({ sent }: Kept) => sent !== undefined && sent.number > received;
    const lost: (Request | KeptAnswer)[] = [...this.requests, ...this.#answers].filter(isLost);
    const [largest] = lost.toSorted((a, b) => sizeOf(b) - sizeOf(a));
    if (!largest) return;
    const message = `the connection was closed because of a frame of ${sizeOf(largest)} bytes (1009 frame_too_big)`;
    if ("pending" in largest) {
      this.requests.fail(largest.frame.id, new UnsentError(`${largest.frame.type}: ${message}`, "frame_too_big"));
    } else {
      const { callId } = largest.frame;
      this.#answers.keep({ frame: { type: "tool_error", callId, code: "result_too_large", message }, sent: undefined });
    }
  }
}

const sizeOf = ({ sent }: Kept): number => sent?.size ?? 0;
