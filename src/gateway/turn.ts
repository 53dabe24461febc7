import type { PingFrame } from "../protocol/client-frames.ts";
import type { CloseCode } from "../protocol/close-codes.ts";
import type { Refusal } from "../protocol/frame-check.ts";
import type { Notification, ToolCall } from "../protocol/host.ts";
import type { Limits } from "../protocol/limits.ts";
import type { SessionState } from "../protocol/observed-events.ts";
import type { CellClosedReason, DrainFrame, PongFrame, ToolCancelReason } from "../protocol/server-frames.ts";
import type { ByteBudget } from "../session/byte-budget.ts";
import type { SessionHost } from "../session/session-host.ts";
import type { Session } from "../session/session.ts";
import type { Receipt } from "../session/waiter.ts";
import type { ToolSet } from "../tools/tool-set.ts";
import { Answers } from "./answers.ts";
import type { Channel } from "./channel.ts";
import { cutMessage } from "./cut-message.ts";
import { Dispatcher, type SessionFrame } from "./dispatcher.ts";
import { Outbox, type Unnumbered } from "./outbox.ts";
import { Requests } from "./requests.ts";
import type { SessionLedger } from "./session-ledger.ts";
import { TurnTools } from "./turn-tools.ts";

/** What a {@link Turn} needs. */
export interface TurnOptions {
  readonly session: Session;
  readonly ledger: SessionLedger;
  readonly tools: ToolSet;
  /** The socket that opens it. */
  readonly channel: Channel;
  readonly limits: Limits;
  /** Bytes that all turns together keep to send them again. */
  readonly budget: ByteBudget;
  /** The number of the last frame that was sent before the turn. */
  readonly seq: number;
  /** Ends the session, and calls back when its cells are gone. */
  readonly endSession: (onEnded: () => void) => void;
  /** All turns together keep more than they may: suspended ones give up what they keep, the oldest first. */
  readonly makeRoom: () => void;
  /** The suspended turn keeps no frames any more, and cannot make room. */
  readonly dropped: () => void;
  /** The turn was connected or suspended, or is over. */
  readonly changed: () => void;
}

/**
 * One agent turn on a session, and the session's host. It outlives its socket, and goes on where it was on another.
 *
 * ```
 * suspended ──connect──▶ connected ──cut──▶ suspended ──more than is kept──▶ given_up ──connect──▶ connected
 *     │                      │ └──session ended──▶ ending ──cut──▶ over
 *     └──newer turn, session ended──▶ over ◀──newer turn
 * ```
 */
export class Turn implements SessionHost {
  /** Counts the session's turns, from 1. */
  readonly number: number;
  readonly ledger: SessionLedger;
  readonly #options: TurnOptions;
  readonly #tools: TurnTools;
  readonly #requests: Requests;
  readonly #outbox: Outbox;
  readonly #dispatcher: Dispatcher;
  #phase: "suspended" | "connected" | "given_up" | "ending" | "over" = "suspended";
  #channel: Channel;
  #received = 0;

  constructor(options: TurnOptions) {
    const { session, ledger, limits, channel } = options;
    this.number = session.turns;
    this.ledger = ledger;
    this.#options = options;
    this.#channel = channel;
    this.#tools = new TurnTools(options.tools);
    // As many as a client can have at a cut: answered and not acknowledged, or with a cell that lives.
    this.#requests = new Requests(limits.unackedAnswers + limits.cellsPerSession);
    this.#outbox = new Outbox({
      ...options,
      stalled: (reason) => this.#disconnect(4431, reason),
      overflowed: () => this.drop(),
      numbered: (frame, message) => {
        ledger.sent(message.length);
        ledger.show("out", frame, message, this.#channel.subprotocol);
      },
    });
    const answers = new Answers({
      limits,
      requests: this.#requests,
      owner: this,
      takes: () => this.takes,
      byteLength: (text) => this.#channel.byteLength(text),
      send: (frame, receipt, ahead) => this.#send(frame, receipt, ahead),
      offer: (frame, receipt) => this.#outbox.send(frame, receipt),
    });
    this.#dispatcher = new Dispatcher({
      ...options,
      owner: this,
      tools: this.#tools,
      requests: this.#requests,
      answers,
      send: (frame) => this.#send(frame),
    });
  }

  get connected(): boolean {
    return this.#phase === "connected" || this.#phase === "ending";
  }

  get isSuspended(): boolean {
    return this.#phase === "suspended";
  }

  /** How its session stands with its client. */
  get state(): SessionState {
    if (this.connected) return "connected";
    return this.isSuspended ? "suspended" : "detached";
  }

  get takes(): boolean {
    return this.#outbox.takes;
  }

  /** The number of the latest frame. */
  get seq(): number {
    return this.#outbox.seq;
  }

  /** Messages that were taken from the client, on all its sockets. */
  get received(): number {
    return this.#received;
  }

  /** Whether there is a frame `seq` that the client may have. */
  mayHave(seq: number): boolean {
    return seq <= this.#outbox.written;
  }

  /**
   * Takes the turn off its socket, to go on with it on `channel`; {@link connect} is due. Returns whether all frames behind
   * `lastSeq` can follow. If not, what was not acknowledged is lost, and so are requests that were not answered.
   */
  resume(channel: Channel, lastSeq: number, tools: ToolSet | undefined): boolean {
    if (this.connected) this.#disconnect(4409, "the turn goes on on another socket");
    const isWhole = channel.subprotocol === this.#channel.subprotocol && this.#outbox.reaches(lastSeq);
    this.#outbox.acknowledge(lastSeq);
    // By the acknowledgement cells may be closed, which is said in frames: in the end they may be more than is kept.
    if (!isWhole || this.#phase === "given_up") this.#giveUp();
    this.#channel = channel;
    if (tools) this.#tools.replace(tools);
    return this.#phase === "suspended";
  }

  /** `welcome` was written: the frames behind `seq` follow, and what waited for a host. */
  connect(seq: number): void {
    const { session, changed } = this.#options;
    this.#phase = "connected";
    this.#outbox.attach(this.#channel, seq);
    session.serve(this);
    changed();
  }

  /**
   * Lets go of the frames that a suspended turn keeps: it can be resumed with a gap only. What its client has received is
   * known when it comes back.
   */
  drop(): void {
    if (!this.isSuspended) return;
    this.#phase = "given_up";
    this.#options.session.detach(this);
    this.#outbox.drop();
    this.#options.dropped();
  }

  /** A message came from the client. */
  arrived(): void {
    this.#received += 1;
  }

  receive(frame: SessionFrame | PingFrame): void {
    if (frame.type === "ping") this.tell({ type: "pong", received: this.#received });
    else this.#dispatcher.receive(frame);
  }

  /** All frames up to `seq` have arrived. False: there is no such frame yet. */
  acknowledge(seq: number): boolean {
    return this.#outbox.acknowledge(seq);
  }

  /** A frame could not be taken. The answer to a call is one all the same: the call must not hang on it. */
  refuse({ code, message, id, callId }: Refusal): void {
    if (callId !== undefined && code === "bad_frame") {
      this.#options.session.answerCall(callId, { ok: false, code: "bad_result", message });
    }
    // Under the id of a request that is remembered it would settle that one.
    const isRemembered = id !== undefined && this.#requests.has(id);
    this.#send({ type: "error", id: isRemembered ? undefined : id, code, message });
  }

  /** The channel takes again. */
  drained(channel: Channel): void {
    if (channel !== this.#channel) return;
    this.#outbox.drained();
    if (this.takes) this.#options.session.serve(this);
  }

  /** The socket is gone. */
  cut(channel: Channel): void {
    if (channel !== this.#channel) return;
    if (this.#phase === "connected") this.#suspend();
    else if (this.#phase === "ending") this.#end();
  }

  /** Calls back when all frames so far were written. */
  whenWritten(callback: () => void): void {
    this.#outbox.whenWritten(callback);
  }

  answersFor(toolName: string): boolean {
    return this.#tools.hasDeclared(toolName);
  }

  offer({ attempt, ...call }: ToolCall): boolean {
    return this.#send({ type: "tool_call", ...call, attempt: attempt > 1 ? attempt : undefined });
  }

  cancelCall(callId: string, reason: ToolCancelReason): void {
    this.#send({ type: "tool_cancel", callId, reason });
  }

  notify(notification: Notification, receipt: Receipt): void {
    if (this.#outbox.send({ type: "notify", ...notification }, receipt)) return;
    // In JSON a control character takes six bytes. Of text full of them the beginning is sent, and it says so.
    const text = cutMessage(notification.text, Math.floor(this.#options.limits.frameBytes / 8));
    this.#send({ type: "notify", ...notification, text }, receipt);
  }

  cellFinished(cellId: string, ok: boolean): void {
    this.#send({ type: "cell_finished", cellId, ok });
  }

  cellClosed(cellId: string, reason: CellClosedReason): void {
    this.#send({ type: "cell_closed", cellId, reason });
  }

  takenOver(): void {
    if (this.#phase === "over") return;
    const { connected } = this;
    this.#end();
    if (connected) this.#channel.close(4409, "a newer host attached to the session");
  }

  sessionEnded(): void {
    if (!this.connected) return this.#end();
    this.#phase = "ending";
    this.#outbox.whenWritten(() => this.#channel.close(1000, "the session was ended"));
  }

  /** Sends a frame that has no number: it is lost with the socket. */
  tell(frame: PongFrame | DrainFrame): void {
    const message = this.#channel.encode(frame);
    if (!message) return;
    this.#channel.write(message);
    this.ledger.sent(message.length);
    this.ledger.show("out", frame, message, this.#channel.subprotocol);
  }

  #suspend(): void {
    this.#phase = "suspended";
    this.#outbox.detach();
    this.#options.changed();
  }

  /** Closes the socket, and does not wait until it has closed. */
  #disconnect(code: CloseCode, reason: string): void {
    this.#channel.close(code, reason);
    this.cut(this.#channel);
  }

  /** The client cannot go on where it was: the session gets back what is not known to have arrived. */
  #giveUp(): void {
    this.#phase = "given_up";
    this.#options.session.detach(this);
    this.#outbox.giveUp();
    this.#requests.loseAll();
  }

  #end(): void {
    this.#phase = "over";
    this.#outbox.giveUp();
    this.#options.changed();
  }

  #send(frame: Unnumbered, receipt?: Receipt, ahead?: readonly Unnumbered[]): boolean {
    const sent = this.#outbox.send(frame, receipt, ahead);
    if (!sent && frame.type !== "tool_call") {
      // Everything but a tool's input is bounded well below a frame: this would be a mistake of ours.
      this.#disconnect(1011, `a ${frame.type} frame came out larger than a frame may be`);
      receipt?.lost();
    }
    return sent;
  }
}
