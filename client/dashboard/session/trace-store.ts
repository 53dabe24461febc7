import { signal } from "@preact/signals";
import type { Trace } from "../../trace.ts";
import { FrameHistory } from "../model/frame-history.ts";
import { SessionModel } from "../model/session-model.ts";
import { framesOf, traceAgain } from "../model/trace-frames.ts";
import type { SessionSource } from "./source.ts";

/** A session that was read from a trace file. */
export class TraceStore implements SessionSource {
  /** Of the file. */
  readonly name: string;
  readonly model: SessionModel;
  readonly version = signal(0);
  readonly isLive = false;
  readonly #trace: Trace;

  constructor(name: string, trace: Trace) {
    this.name = name;
    this.model = new SessionModel(trace.header.sessionId ?? "");
    this.#trace = trace;
    const history = new FrameHistory();
    for (const frame of framesOf(trace)) {
      for (const event of history.eventsOf(frame)) this.model.hear(event);
      this.model.hear(frame);
    }
  }

  nowMs(): number {
    return this.model.latestAtMs;
  }

  traceText(): Iterable<string> {
    return traceAgain(this.#trace);
  }
}
