import type { ClientFrame, ExecuteFrame } from "../../../src/protocol/client-frames.ts";
import type { CallEnding } from "../../../src/protocol/observed-events.ts";
import type { ServerFrame } from "../../../src/protocol/server-frames.ts";
import { frameIn, type SeenFrame } from "./seen-frame.ts";
import type { EndedEvent, SessionWatchEvent } from "./session-model.ts";

/** A cell of a trace. */
interface Cell {
  readonly acceptedAtMs: number;
  /** That it ended. Its outcome, which may be taken much later, completes it. */
  end?: EndedEvent;
}

/** What happened in a session by its frames, which come in order, and the frames: for a trace, which tells nothing else. */
export function historyOf(frames: Iterable<SeenFrame>): SessionWatchEvent[] {
  const history = new FrameHistory();
  const events: SessionWatchEvent[] = [];
  for (const frame of frames) events.push(...history.eventsOf(frame), frame);
  return events;
}

class FrameHistory {
  readonly #executes = new Map<number, ExecuteFrame>();
  readonly #cells = new Map<string, Cell>();
  readonly #calls = new Map<string, { readonly cellId: string; readonly madeAtMs: number; isOver?: boolean }>();
  #client: string | undefined;
  #turn = 0;

  /** What happened by this frame. */
  eventsOf(frame: SeenFrame): SessionWatchEvent[] {
    const said = frameIn(frame);
    if (!said) return []; // it is listed among the frames, with what is wrong with it
    return frame.direction === "in"
      ? this.#sent(said as ClientFrame, frame.atMs)
      : this.#received(said as ServerFrame, frame.atMs);
  }

  #sent(frame: ClientFrame, atMs: number): SessionWatchEvent[] {
    switch (frame.type) {
      case "hello":
        this.#client = frame.client && `${frame.client.name} ${frame.client.version}`;
        return [];
      case "execute":
        this.#executes.set(frame.id, frame);
        return [];
      case "tool_result":
        return this.#callEnded(frame.callId, atMs, "answered");
      case "tool_error":
        return this.#callEnded(frame.callId, atMs, "failed", frame.code ?? "tool_failed");
      case "replace_stored_values": {
        const texts = Object.entries(frame.values).map(([key, value]) => [key, JSON.stringify(value)]);
        return [{ type: "values", atMs, writes: Object.fromEntries(texts) as { [key: string]: string } }];
      }
      default:
        return [];
    }
  }

  #received(frame: ServerFrame, atMs: number): SessionWatchEvent[] {
    switch (frame.type) {
      case "welcome": {
        const { turn, resumed } = frame;
        const client = this.#client;
        if (resumed || turn === this.#turn) return [{ type: "turn_resumed", atMs, turn, client, gap: !resumed }];
        this.#executes.clear(); // ids begin anew with a turn
        this.#turn = turn;
        return [{ type: "turn_opened", atMs, turn, client }];
      }
      case "started":
        return this.#started(frame.id, frame.cellId, atMs);
      case "cell_finished":
        return this.#ended(frame.cellId, atMs, { ending: frame.ok ? "ok" : undefined });
      case "result": {
        if (frame.error?.code === "cell_not_found") return [];
        const { error, usage } = frame;
        return this.#ended(frame.cellId, atMs, { ending: error?.code ?? "ok", error, usage });
      }
      case "terminated":
        return this.#ended(frame.cellId, atMs, { ending: "terminated", usage: frame.usage });
      case "tool_call": {
        const { callId, cellId, name: tool } = frame;
        if (this.#calls.has(callId)) return [];
        this.#calls.set(callId, { cellId, madeAtMs: atMs });
        return [{ type: "call_made", atMs, callId, cellId, tool }];
      }
      case "tool_cancel":
        if (frame.reason === "timeout") return this.#callEnded(frame.callId, atMs, "failed", "tool_timeout");
        return this.#callEnded(frame.callId, atMs, "cancelled");
      default:
        return [];
    }
  }

  /** When a cell of a trace came to run is not known, but that it was accepted. */
  #started(id: number, cellId: string, atMs: number): SessionWatchEvent[] {
    if (this.#cells.has(cellId)) return [];
    this.#cells.set(cellId, { acceptedAtMs: atMs });
    const { source = "", toolCallId, tools = [] } = this.#executes.get(id) ?? {};
    return [
      { type: "cell_accepted", atMs, cellId, turn: this.#turn, source, toolCallId, tools },
      { type: "cell_started", atMs, cellId },
    ];
  }

  #ended(cellId: string, atMs: number, how: Pick<EndedEvent, "ending" | "error" | "usage">): SessionWatchEvent[] {
    const cell = this.#cells.get(cellId);
    if (!cell) return [];
    if (cell.end) {
      // The outcome of an end that was told before.
      Object.assign(cell.end, how);
      return [];
    }
    cell.end = { type: "cell_ended", atMs, cellId, ageMs: atMs - cell.acceptedAtMs, ...how };
    return [cell.end];
  }

  #callEnded(callId: string, atMs: number, ending: CallEnding, code?: string): SessionWatchEvent[] {
    const call = this.#calls.get(callId);
    if (!call || call.isOver) return [];
    call.isOver = true;
    return [{ type: "call_ended", atMs, callId, cellId: call.cellId, ending, code, ageMs: atMs - call.madeAtMs }];
  }
}
