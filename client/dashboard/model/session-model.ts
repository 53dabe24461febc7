import type {
  CallEndedEvent,
  CallMadeEvent,
  CellAcceptedEvent,
  CellEndedEvent,
  CellStartedEvent,
  FrameEvent,
  MetricsEvent,
  ObservedEvent,
  SessionEvent,
  SessionStatus,
  SnapshotEvent,
  ValuesEvent,
} from "../../../src/protocol/observed-events.ts";
import type { CellStatus } from "../../../src/protocol/values.ts";
import { BoundedList } from "./bounded-list.ts";
import { type CallRecord, CellRecord } from "./cell-record.ts";
import { frameIn, type SeenFrame } from "./seen-frame.ts";

/** An event less what a trace does not tell. */
type Told<Event, Untold extends keyof Event> = Omit<Event, Untold> & { [Field in Untold]?: Event[Field] | undefined };

/** What a session's watch tells, or a trace: that one not how long a cell was queued, and how it ended only by its outcome. */
export type SessionWatchEvent =
  | Exclude<ObservedEvent, SessionEvent | FrameEvent | MetricsEvent | CellStartedEvent | CellEndedEvent>
  | Told<CellStartedEvent, "queuedMs">
  | EndedEvent
  | SeenFrame
  /** What happened before this is not known: `dropped` events, or, where that is absent, while there was no connection. */
  | { readonly type: "gap"; readonly atMs: number; readonly dropped?: number | undefined };

/** That a cell ended. */
export type EndedEvent = Told<CellEndedEvent, "ending">;

/** What stands in the log: everything that happened, and of the frames the notifications. */
export type LogEntry = SessionWatchEvent;

const MOST_CELLS = 20_000;
const MOST_CALLS = 100_000;
const MOST_ENTRIES = 100_000;
const frameBounds = { items: 200_000, bytes: 128 * 1024 * 1024 };

/** Tags of the frames that bring content of a cell. */
const answers = new Set(["content", "yielded", "result", "terminated"]);

/** Tags of the frames that are about a cell and do not name it. */
const unnamed = new Set(["execute", "tool_result", "tool_error", "tool_cancel"]);

/** What is known of a session: it hears of everything that happens in it, in order, and forgets the oldest of too much. */
export class SessionModel {
  readonly sessionId: string;
  #status: SessionStatus | undefined;
  /** Whether it has ended. */
  isGone = false;
  /** The cells in the order in which they were accepted. */
  cells: CellRecord[] = [];
  readonly values = new Map<string, string>();
  readonly log = new BoundedList<LogEntry>({ items: MOST_ENTRIES });
  readonly frames = new BoundedList<SeenFrame>(frameBounds);
  /** How many frames of each tag there were, forgotten ones included. */
  readonly tags = new Map<string, number>();
  /** When the first and the latest thing happened. */
  firstAtMs: number | undefined;
  latestAtMs = 0;
  /** Cells of which its watch told, the ended ones of the snapshot included. */
  #cellsTold = 0;
  readonly #cellsById = new Map<string, CellRecord>();
  readonly #callsById = new Map<string, { readonly cell: CellRecord; readonly call: CallRecord }>();

  constructor(sessionId: string) {
    this.sessionId = sessionId;
  }

  /**
   * How it stands, or stood last. Undefined: nothing was heard yet. How it stands is told now and then, by the watch of all
   * sessions, and of one that is gone no more: its last cells are known by its own watch only.
   */
  get status(): SessionStatus | undefined {
    if (!this.#status) return undefined;
    const cells = Math.max(this.#status.cells, this.#cellsTold);
    return { ...this.#status, cells, liveCells: this.isGone ? 0 : this.#status.liveCells };
  }

  /** It stands like this now. Before the snapshot, which says that and what is in it, nothing is known. */
  stands(status: SessionStatus): void {
    if (this.#status) this.#status = status;
  }

  cell(cellId: string | undefined): CellRecord | undefined {
    return cellId === undefined ? undefined : this.#cellsById.get(cellId);
  }

  /** The cell that a frame is about, also where the frame does not name it, as the answer to a call does not. */
  cellOfFrame(frame: SeenFrame): string | undefined {
    if (frame.cellId !== undefined || !unnamed.has(frame.tag)) return frame.cellId;
    const said = frameIn(frame);
    if (said && "callId" in said) return this.#callsById.get(said.callId)?.cell.cellId;
    if (said?.type !== "execute") return undefined;
    // Its cell is the first that was started for this request after it.
    for (const later of this.framesFrom(frame.atMs)) {
      if (later.tag !== "started") continue;
      const started = frameIn(later);
      if (started && "id" in started && started.id === said.id) return later.cellId;
    }
    return undefined;
  }

  call(callId: string | undefined): CallRecord | undefined {
    return callId === undefined ? undefined : this.#callsById.get(callId)?.call;
  }

  hear(event: SessionWatchEvent): void {
    this.firstAtMs ??= event.atMs;
    this.latestAtMs = Math.max(this.latestAtMs, event.atMs);
    if (event.type === "frame") return this.#frame(event);
    this.log.push(event);
    switch (event.type) {
      case "snapshot":
        return this.#snapshot(event);
      case "session_gone":
        return this.#gone(event.atMs);
      case "cell_accepted":
        return this.#accepted(event);
      case "cell_started": {
        const cell = this.cell(event.cellId);
        if (cell) cell.startedAtMs = event.atMs;
        return;
      }
      case "cell_ended":
        return this.#ended(event);
      case "call_made":
        return this.#callMade(event);
      case "call_ended":
        return this.#callEnded(event);
      case "values":
        return this.#values(event);
      case "turn_opened":
      case "turn_resumed":
      case "turn_cut":
      case "turn_ended":
      case "outcome_dropped":
      case "limit_hit":
      case "gap":
        return;
      default:
        event satisfies never;
    }
  }

  /** The frames from this moment on, from the oldest that is kept. */
  *framesFrom(atMs: number): Generator<SeenFrame, void, undefined> {
    let [low, high] = [this.frames.first, this.frames.end];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.frames.at(middle)?.atMs ?? 0) < atMs) low = middle + 1;
      else high = middle;
    }
    for (let index = low; index < this.frames.end; index++) {
      const frame = this.frames.at(index);
      if (frame) yield frame;
    }
  }

  #frame(frame: SeenFrame): void {
    this.frames.push(frame, frame.bytes?.length ?? 0);
    this.tags.set(frame.tag, (this.tags.get(frame.tag) ?? 0) + 1);
    if (frame.tag === "notify") this.log.push(frame);
    const cell = this.cell(frame.cellId);
    if (!cell) return;
    if (answers.has(frame.tag)) cell.contentFrames.push(this.frames.end - 1);
    if (frame.tag === "yielded" && cell.isLive) cell.yields.begin(frame.atMs);
    if (frame.tag === "wait") cell.yields.end(frame.atMs);
  }

  /** How the cells stand, after it was not heard what became of them: what is live here and not there ended unseen. */
  catchUp(cells: readonly CellStatus[], atMs: number): void {
    const known = new Set(cells.map(({ cellId }) => cellId));
    for (const cell of this.cells) if (cell.isLive && !known.has(cell.cellId)) cell.end(atMs);
    for (const status of cells) this.#statusOf(status, atMs);
    this.cells.sort((left, right) => left.acceptedAtMs - right.acceptedAtMs);
  }

  /** Watching begins, or begins anew. */
  #snapshot({ atMs, session, cells, values }: SnapshotEvent): void {
    this.#status = session;
    this.#cellsTold = session.cells;
    this.catchUp(cells, atMs);
    if (!values) return;
    this.values.clear();
    for (const [key, text] of Object.entries(values)) this.values.set(key, text);
  }

  #statusOf(status: CellStatus, atMs: number): void {
    const acceptedAtMs = atMs - status.ageMs;
    const known = this.cell(status.cellId);
    const cell = known ?? this.#add(new CellRecord(status.cellId, acceptedAtMs));
    cell.status = status;
    cell.toolCallId = status.toolCallId;
    if (!cell.isLive) return;
    if (status.state !== "queued") cell.startedAtMs ??= cell.acceptedAtMs;
    cell.openCalls = status.openCalls;
    // A cell that is new here may have waited all the time; one that is known and did not wait began to unseen.
    if (status.openCalls > 0) cell.waits.begin(known ? atMs : (cell.startedAtMs ?? atMs));
    else cell.waits.end(atMs);
    if (status.state === "finished") cell.end(atMs);
  }

  #gone(atMs: number): void {
    this.isGone = true;
    for (const cell of this.cells) if (cell.isLive) cell.end(atMs);
  }

  #accepted({ cellId, atMs, source, toolCallId, turn, tools }: CellAcceptedEvent): void {
    this.#cellsTold += 1;
    const cell = this.#add(new CellRecord(cellId, atMs));
    cell.source = source;
    cell.toolCallId = toolCallId;
    cell.turn = turn;
    cell.tools = tools;
  }

  #add(cell: CellRecord): CellRecord {
    this.cells.push(cell);
    this.#cellsById.set(cell.cellId, cell);
    if (this.cells.length > MOST_CELLS) this.#forgetOldCells();
    return cell;
  }

  /** Of cells that are over, a tenth at a time, so that it is rare. */
  #forgetOldCells(): void {
    let left = MOST_CELLS / 10;
    this.cells = this.cells.filter((cell) => {
      if (left === 0 || cell.isLive) return true;
      left -= 1;
      this.#cellsById.delete(cell.cellId);
      for (const { callId } of cell.calls) this.#callsById.delete(callId);
      return false;
    });
  }

  #ended({ cellId, atMs, ending, usage, error }: EndedEvent): void {
    const cell = this.cell(cellId);
    if (!cell) return;
    cell.end(atMs, ending);
    cell.usage = usage;
    cell.error = error;
  }

  #callMade({ callId, cellId, atMs, tool }: CallMadeEvent): void {
    const cell = this.cell(cellId);
    if (!cell) return;
    const call: CallRecord = { callId, tool, madeAtMs: atMs };
    cell.callMade(call);
    this.#callsById.set(callId, { cell, call });
    if (this.#callsById.size <= MOST_CALLS) return;
    // The oldest of all is the oldest of its cell too.
    for (const [oldest, { cell: itsCell }] of this.#callsById) {
      this.#callsById.delete(oldest);
      itsCell.calls.forgetOldest();
      return;
    }
  }

  #callEnded({ callId, cellId, atMs, ending, code }: CallEndedEvent): void {
    const cell = this.cell(cellId);
    if (cell?.isLive) cell.callEnded(atMs);
    const call = this.call(callId);
    if (!call) return;
    call.endedAtMs = atMs;
    call.ending = ending;
    call.code = code;
  }

  #values({ cellId, writes }: ValuesEvent): void {
    const cell = this.cell(cellId);
    for (const [key, after] of Object.entries(writes)) {
      cell?.changes.push({ key, before: this.values.get(key), after });
      if (after === null) this.values.delete(key);
      else this.values.set(key, after);
    }
  }
}
