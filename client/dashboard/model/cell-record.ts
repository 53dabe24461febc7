import type { CallEnding, CellEnding } from "../../../src/protocol/observed-events.ts";
import type { CellError } from "../../../src/protocol/error-codes.ts";
import type { CellStatus, CellUsage } from "../../../src/protocol/values.ts";
import { BoundedList } from "./bounded-list.ts";
import { Spans } from "./spans.ts";

/** Where a cell stands, as it is shown. `waiting`: it runs, and a host has calls of it to answer. */
export const cellPhases = ["queued", "running", "waiting", "yielded", "finished", "failed", "terminated"] as const;

export type CellPhase = (typeof cellPhases)[number];

/** A tool call of a cell. */
export interface CallRecord {
  readonly callId: string;
  readonly tool: string;
  readonly madeAtMs: number;
  /** Absent: it is open. */
  endedAtMs?: number | undefined;
  ending?: CallEnding | undefined;
  /** Of a call that failed. */
  code?: string | undefined;
}

/** What a cell did to one stored value, as JSON texts. */
export interface ValueChange {
  readonly key: string;
  /** Undefined: there was none, or it is not known. */
  readonly before: string | undefined;
  /** Null: it is gone. */
  readonly after: string | null;
}

/** What is known of a cell from watching its session. Moments are Unix milliseconds by the gateway's clock. */
export class CellRecord {
  readonly cellId: string;
  readonly acceptedAtMs: number;
  /** Absent: it was accepted before the watch began. */
  source?: string | undefined;
  toolCallId?: string | undefined;
  turn?: number | undefined;
  tools?: readonly string[] | undefined;
  /** Absent: it never ran. Of a cell that ran before the watch began, when it was accepted. */
  startedAtMs?: number | undefined;
  /** Absent: it is live. */
  endedAtMs?: number | undefined;
  /** Absent of a cell that is over: it ended unseen. */
  ending?: CellEnding | undefined;
  usage?: CellUsage | undefined;
  error?: CellError | undefined;
  /** As last measured, while it runs. */
  status?: CellStatus | undefined;
  /** Its calls in the order in which they were made, less the oldest of too many. */
  readonly calls = new BoundedList<CallRecord>();
  /** Calls that wait for an answer, those from before the watch included. */
  openCalls = 0;
  /** When it had open calls. */
  readonly waits = new Spans();
  /** When it ran on after an answer that said so, and nobody waited for it. */
  readonly yields = new Spans();
  readonly changes: ValueChange[] = [];
  /** Indexes of the frames with its content, in the session's list of frames. */
  readonly contentFrames: number[] = [];

  constructor(cellId: string, acceptedAtMs: number) {
    this.cellId = cellId;
    this.acceptedAtMs = acceptedAtMs;
  }

  get isLive(): boolean {
    return this.endedAtMs === undefined;
  }

  get phase(): CellPhase {
    if (this.endedAtMs !== undefined) return phaseAtEnd(this.ending);
    if (this.startedAtMs === undefined) return "queued";
    if (this.openCalls > 0) return "waiting";
    return this.yields.isOpen ? "yielded" : "running";
  }

  callMade(call: CallRecord): void {
    this.calls.push(call);
    this.openCalls += 1;
    this.waits.begin(call.madeAtMs);
  }

  callEnded(atMs: number): void {
    this.openCalls = Math.max(0, this.openCalls - 1);
    if (this.openCalls === 0) this.waits.end(atMs);
  }

  end(atMs: number, ending?: CellEnding): void {
    this.endedAtMs = atMs;
    this.ending = ending;
    this.openCalls = 0;
    this.waits.end(atMs);
    this.yields.end(atMs);
    for (const call of this.calls) call.endedAtMs ??= atMs;
  }
}

function phaseAtEnd(ending: CellEnding | undefined): CellPhase {
  if (ending === undefined || ending === "ok") return "finished";
  return ending === "terminated" ? "terminated" : "failed";
}
