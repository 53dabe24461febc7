import type { ClientFrame } from "../protocol/client-frames.ts";
import type { Notification, ToolCall } from "../protocol/host.ts";
import type { Limits } from "../protocol/limits.ts";
import type { CellClosedReason, ToolCancelReason } from "../protocol/server-frames.ts";
import type { ContentItem, ToolDefinition } from "../protocol/values.ts";
import { RequestFailure } from "../session/request-failure.ts";
import type { SessionHost } from "../session/session-host.ts";
import type { Session } from "../session/session.ts";
import type { Answer, Part, Receipt, Waiter } from "../session/waiter.ts";
import { ToolSet, ToolSetError } from "../tools/tool-set.ts";
import type { Channel } from "./channel.ts";
import { splitContent } from "./content-frames.ts";
import { cutMessage } from "./cut-message.ts";
import type { Outbox, Unnumbered } from "./outbox.ts";
import { type RequestFrame, Requests } from "./requests.ts";

/** What a {@link Turn} needs. */
export interface TurnOptions {
  readonly session: Session;
  readonly tools: ToolSet;
  readonly channel: Channel;
  readonly outbox: Outbox;
  readonly limits: Limits;
  /** Ends the session, and calls back when its cells are gone. */
  readonly endSession: (onEnded: () => void) => void;
}

/** A frame that a turn takes: all but those that the connection answers itself. */
export type TurnFrame = Exclude<ClientFrame, { type: "hello" | "ack" | "ping" }>;

type Failure = Omit<Extract<Unnumbered, { type: "error" }>, "type" | "id">;

/** One agent turn on a session: it dispatches the client's requests, and is the session's host. */
export class Turn implements SessionHost {
  readonly #options: TurnOptions;
  readonly #requests = new Requests();
  /** Names of all tools that were ever declared in this turn: cells that run may still call the earlier ones. */
  readonly #answersFor = new Set<string>();
  #tools: ToolSet;

  constructor(options: TurnOptions) {
    this.#options = options;
    this.#tools = options.tools;
    this.#remember(options.tools);
  }

  get tools(): ToolSet {
    return this.#tools;
  }

  receive(frame: TurnFrame): void {
    const { session } = this.#options;
    switch (frame.type) {
      case "tool_result": {
        const json = frame.value === undefined ? undefined : JSON.stringify(frame.value);
        return session.answerCall(frame.callId, { ok: true, json });
      }
      case "tool_error": {
        const { callId, message, code = "tool_failed" } = frame;
        return session.answerCall(callId, { ok: false, message, code });
      }
      case "yield": {
        const cellId = this.#requests.cellOf(frame.id, "execute", "wait");
        if (cellId !== undefined) session.yieldNow(cellId, this, frame.id);
        return;
      }
      case "cancel": {
        const cellId = this.#requests.cellOf(frame.id, "wait");
        const cancelled = cellId !== undefined && session.cancelWait(cellId, this, frame.id);
        if (cancelled) this.#fail(frame.id, { code: "cancelled", message: "the wait was cancelled" });
        return;
      }
      default:
        return this.#request(frame);
    }
  }

  /** Whether `id` is that of a request that is remembered. */
  isPending(id: number | undefined): boolean {
    return id !== undefined && this.#requests.has(id);
  }

  /** An answer to a call that could not be read: the call must not hang on it. */
  badAnswer(callId: string, message: string): void {
    this.#options.session.answerCall(callId, { ok: false, code: "bad_result", message });
  }

  /** The connection is over. */
  closed(): void {
    this.#options.session.detach(this);
    this.#options.outbox.abandon();
  }

  answersFor(toolName: string): boolean {
    return this.#answersFor.has(toolName);
  }

  offer({ attempt, ...call }: ToolCall): boolean {
    return this.#send({ type: "tool_call", ...call, attempt: attempt > 1 ? attempt : undefined });
  }

  cancelCall(callId: string, reason: ToolCancelReason): void {
    this.#send({ type: "tool_cancel", callId, reason });
  }

  notify(notification: Notification): void {
    const { outbox, limits } = this.#options;
    if (outbox.send({ type: "notify", ...notification })) return;
    // In JSON a control character takes six bytes. Of text full of them the beginning is sent, and it says so.
    const text = cutMessage(notification.text, Math.floor(limits.frameBytes / 8));
    this.#send({ type: "notify", ...notification, text });
  }

  cellFinished(cellId: string, ok: boolean): void {
    this.#send({ type: "cell_finished", cellId, ok });
  }

  cellClosed(cellId: string, reason: CellClosedReason): void {
    this.#send({ type: "cell_closed", cellId, reason });
  }

  takenOver(): void {
    this.#options.outbox.abandon();
    this.#options.channel.close(4409, "a newer host attached to the session");
  }

  #request(frame: RequestFrame): void {
    const { id } = frame;
    switch (this.#requests.begin(frame)) {
      case "repetition":
        return;
      case "conflict": {
        const message = `request ${id} differs from the earlier one with this id; ids are unique within a turn`;
        this.#send({ type: "error", code: "duplicate_id", message, requestId: id });
        return;
      }
      case "new":
    }
    try {
      this.#dispatch(frame);
    } catch (error) {
      if (!(error instanceof RequestFailure)) throw error;
      const { code, message, cells, retryAfterMs } = error;
      this.#fail(id, { code, message, cells, retryAfterMs });
    }
  }

  #dispatch(frame: RequestFrame): void {
    const { session, channel, endSession } = this.#options;
    const { id } = frame;
    switch (frame.type) {
      case "execute": {
        const cellId = session.execute(frame, this.#tools);
        this.#requests.waitsFor(id, cellId);
        this.#send({ type: "started", id, cellId });
        return session.wait(cellId, this.#waiter(id, frame.yieldMs, frame.stream));
      }
      case "wait":
        return session.wait(frame.cellId, this.#waiter(id, frame.yieldMs, frame.stream));
      case "terminate":
        return session.terminate(frame.cellId, this.#waiter(id, null, false));
      case "set_tools":
        this.#setTools(frame.tools);
        return this.#answer({ type: "ok", id });
      case "list_cells":
        return this.#answer({ type: "cells", id, cells: session.listCells() });
      case "stored_values":
        return this.#answerStoredValues(id);
      case "replace_stored_values":
        session.replaceStoredValues(frame.values);
        return this.#answer({ type: "ok", id });
      case "end_session":
        return endSession(() => {
          this.#answer({ type: "ok", id });
          channel.close(1000, "the session was ended");
        });
      default:
        frame satisfies never;
    }
  }

  /** With limits other than the defaults they may not fit a frame, and in one codec they may where in the other not. */
  #answerStoredValues(id: number): void {
    const { session, outbox, limits } = this.#options;
    const values = session.storedValues();
    if (outbox.send({ type: "stored_values", id, values }, this.#forgetting(id))) return;
    const message = `the stored values do not fit a frame of ${limits.frameBytes} bytes (frameBytes)`;
    this.#fail(id, { code: "bad_values", message });
  }

  #setTools(definitions: ToolDefinition[]): void {
    try {
      this.#tools = new ToolSet(definitions);
    } catch (error) {
      if (error instanceof ToolSetError) throw new RequestFailure("bad_tools", error.message);
      throw error;
    }
    this.#remember(this.#tools);
  }

  #remember(tools: ToolSet): void {
    for (const { name } of tools.list()) this.#answersFor.add(name);
  }

  #waiter(id: number, yieldMs: number | null | undefined, stream = false): Waiter {
    return {
      owner: this,
      id,
      yieldMs: this.#clampYield(yieldMs),
      stream,
      content: (part) => this.#sendContent(id, part),
      answer: (answer) => this.#sendAnswer(id, answer),
    };
  }

  /** Rule C5: 0 and null stand for themselves, everything else lies between the floor and the ceiling. */
  #clampYield(given: number | null | undefined): number | null {
    const { yieldMs, yieldFloorMs, yieldCeilingMs } = this.#options.limits;
    if (given === null || given === 0) return given;
    return Math.min(Math.max(given ?? yieldMs, yieldFloorMs), yieldCeilingMs);
  }

  #sendContent(id: number, part: Part): void {
    const [ahead, last] = this.#split(id, part);
    for (const frame of ahead) this.#send(frame);
    this.#send({ type: "content", id, cellId: part.cellId, content: last }, part.receipt);
  }

  #sendAnswer(id: number, answer: Answer): void {
    const [ahead, content] = this.#split(id, answer);
    for (const frame of ahead) this.#send(frame);
    const { kind, cellId, error, usage, receipt } = answer;
    if (kind === "result") this.#answer({ type: kind, id, cellId, content, error: this.#cut(error), usage }, receipt);
    else if (kind === "terminated") this.#answer({ type: kind, id, cellId, content, usage }, receipt);
    else this.#answer({ type: kind, id, cellId, content }, receipt);
  }

  /** The frames that go ahead of a part's last one, and the content of that one (rule O3). */
  #split(id: number, { cellId, content }: Part): [Unnumbered[], ContentItem[]] {
    const { channel, limits } = this.#options;
    const frames = splitContent(content, limits, (text) => channel.byteLength(text));
    const last = frames.pop() ?? [];
    return [frames.map((items) => ({ type: "content", id, cellId, content: items })), last];
  }

  #fail(id: number, failure: Failure): void {
    this.#answer({ type: "error", id, ...this.#cut(failure) });
  }

  /** What an error quotes of a frame, a key or a thrown value can be as large as a frame. */
  #cut<E extends Pick<Failure, "message"> | undefined>(error: E): E {
    return error && { ...error, message: cutMessage(error.message, this.#options.limits.errorBytes) };
  }

  /** Sends a request's last answer. The request is forgotten when it is acknowledged. */
  #answer(frame: Unnumbered & { id?: number | undefined }, receipt?: Receipt): void {
    this.#send(frame, this.#forgetting(frame.id, receipt));
  }

  /** The receipt of a request's last answer. */
  #forgetting(id: number | undefined, receipt?: Receipt): Receipt {
    return {
      taken: () => {
        if (id !== undefined) this.#requests.end(id);
        receipt?.taken();
      },
      lost: () => receipt?.lost(),
    };
  }

  #send(frame: Unnumbered, receipt?: Receipt): boolean {
    const sent = this.#options.outbox.send(frame, receipt);
    if (!sent && frame.type !== "tool_call") {
      // Everything but a tool's input is bounded well below a frame: this would be a mistake of ours.
      this.#options.channel.close(1011, `a ${frame.type} frame came out larger than a frame may be`);
      receipt?.lost();
    }
    return sent;
  }
}
