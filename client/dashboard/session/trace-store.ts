import { signal } from "@preact/signals";
import type { Trace } from "../../trace.ts";
import { historyOf } from "../model/frame-history.ts";
import { SessionModel } from "../model/session-model.ts";
import { traceAgain } from "../model/trace-frames.ts";
import type { TraceSession } from "../model/trace-sessions.ts";
import type { SessionSource } from "./source.ts";

/** A session that was read from a trace file. */
export class TraceStore implements SessionSource {
  readonly model: SessionModel;
  readonly version = signal(0);
  readonly isLive = false;
  readonly #trace: Trace;

  /** `session` is one of the trace's. */
  constructor(trace: Trace, { sessionId, frames }: TraceSession) {
    this.model = new SessionModel(sessionId);
    this.#trace = trace;
    for (const event of historyOf(frames)) this.model.hear(event);
  }

  nowMs(): number {
    return this.model.latestAtMs;
  }

  /** The whole file, with all of its sessions. */
  traceText(): Iterable<string> {
    return traceAgain(this.#trace);
  }
}
