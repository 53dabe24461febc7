import type { ClientFrame } from "../protocol/client-frames.ts";
import type { Limits } from "../protocol/limits.ts";
import type { ToolDefinition } from "../protocol/values.ts";
import { RequestFailure } from "../session/request-failure.ts";
import type { Session } from "../session/session.ts";
import { ToolSet, ToolSetError } from "../tools/tool-set.ts";
import type { Answers } from "./answers.ts";
import type { Unnumbered } from "./outbox.ts";
import type { RequestFrame, Requests } from "./requests.ts";
import type { TurnTools } from "./turn-tools.ts";

/** What a {@link Dispatcher} needs. */
export interface DispatcherOptions {
  readonly session: Session;
  /** The turn, to which the session's waiters belong. */
  readonly owner: object;
  readonly tools: TurnTools;
  readonly requests: Requests;
  readonly answers: Answers;
  readonly limits: Limits;
  /** Sends a frame. False: it is over the frame limits. */
  readonly send: (frame: Unnumbered) => boolean;
  /** Ends the session, and calls back when its cells are gone. */
  readonly endSession: (onEnded: () => void) => void;
}

/** A frame for the session: what is left when the connection and the turn have answered theirs. */
export type SessionFrame = Exclude<ClientFrame, { type: "hello" | "ack" | "ping" }>;

/** Does what a turn's client asks of the session. */
export class Dispatcher {
  readonly #options: DispatcherOptions;

  constructor(options: DispatcherOptions) {
    this.#options = options;
  }

  receive(frame: SessionFrame): void {
    const { session, owner, requests, answers } = this.#options;
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
        const cellId = requests.cellOf(frame.id, "execute", "wait");
        if (cellId !== undefined) session.yieldNow(cellId, owner, frame.id);
        return;
      }
      case "cancel": {
        const cellId = requests.cellOf(frame.id, "wait");
        const cancelled = cellId !== undefined && session.cancelWait(cellId, owner, frame.id);
        if (cancelled) answers.fail(frame.id, { code: "cancelled", message: "the wait was cancelled" });
        return;
      }
      default:
        return this.#request(frame);
    }
  }

  #request(frame: RequestFrame): void {
    const { requests, answers, send } = this.#options;
    const { id } = frame;
    const beginning = requests.begin(frame);
    if (beginning.kind === "repetition") return;
    if (beginning.kind === "conflict") {
      const message = `request ${id} differs from the earlier one with this id; ids are unique within a turn`;
      send({ type: "error", code: "duplicate_id", message, requestId: id });
      return;
    }
    try {
      if (beginning.kind === "again" && frame.type === "execute") this.#started(frame, beginning.cellId);
      else this.#dispatch(frame);
    } catch (error) {
      if (!(error instanceof RequestFailure)) {
        // A fault of the gateway closes the socket, and on the next one the request comes again.
        requests.lose(id);
        throw error;
      }
      const { code, message, cells, retryAfterMs } = error;
      answers.fail(id, { code, message, cells, retryAfterMs });
    }
  }

  #dispatch(frame: RequestFrame): void {
    const { session, answers, tools, requests, endSession } = this.#options;
    const { id } = frame;
    switch (frame.type) {
      case "execute": {
        const cellId = session.execute(frame, tools.current);
        requests.waitsFor(id, cellId);
        return this.#started(frame, cellId);
      }
      case "wait":
        return session.wait(frame.cellId, answers.waiter(id, frame.yieldMs, frame.stream));
      case "terminate":
        return session.terminate(frame.cellId, answers.waiter(id, null, false));
      case "set_tools":
        tools.replace(toolSetOf(frame.tools));
        return answers.give({ type: "ok", id });
      case "list_cells":
        return answers.give({ type: "cells", id, cells: session.listCells() });
      case "stored_values":
        return this.#answerStoredValues(id);
      case "replace_stored_values":
        session.replaceStoredValues(frame.values);
        return answers.give({ type: "ok", id });
      case "end_session":
        return endSession(() => answers.give({ type: "ok", id }));
      default:
        frame satisfies never;
    }
  }

  /** The `execute` has its cell: it says so, and waits for the cell's answer. */
  #started({ id, yieldMs, stream }: Extract<RequestFrame, { type: "execute" }>, cellId: string): void {
    const { session, answers, send } = this.#options;
    send({ type: "started", id, cellId });
    session.wait(cellId, answers.waiter(id, yieldMs, stream));
  }

  /** With limits other than the defaults they may not fit a frame, and in one codec they may where in the other not. */
  #answerStoredValues(id: number): void {
    const { session, answers, limits } = this.#options;
    if (answers.offer({ type: "stored_values", id, values: session.storedValues() })) return;
    const message = `the stored values do not fit a frame of ${limits.frameBytes} bytes (frameBytes)`;
    answers.fail(id, { code: "bad_values", message });
  }
}

function toolSetOf(definitions: ToolDefinition[]): ToolSet {
  try {
    return new ToolSet(definitions);
  } catch (error) {
    if (error instanceof ToolSetError) throw new RequestFailure("bad_tools", error.message);
    throw error;
  }
}
