import type { ClientFrame } from "../protocol/client-frames.ts";
import type { Subprotocol } from "../protocol/codec.ts";
import type { FrameEvent, ObservedEvent, SessionClose } from "../protocol/observed-events.ts";
import type { ServerFrame } from "../protocol/server-frames.ts";

/** An event before it has its time. */
export type Unstamped = ObservedEvent extends infer Event
  ? Event extends ObservedEvent
    ? Omit<Event, "atMs">
    : never
  : never;

/** A frame of a session's client or of the gateway, as it stood on the wire. */
export interface SeenFrame extends Omit<FrameEvent, "type" | "atMs" | "bytes"> {
  /** May be a part of something larger, that is kept whole as long as this is. */
  readonly bytes: Uint8Array;
}

/** Whoever watches one session. Its methods return at once and do not throw. */
export interface Witness {
  /** Whether it wants to see frames. */
  readonly wantsFrames: boolean;
  tell(event: Unstamped): void;
  show(frame: SeenFrame): void;
  /** The session is gone: the last that it is told. */
  gone(): void;
}

/** What a {@link SessionLedger} needs. */
interface SessionLedgerOptions {
  readonly unixMs: () => number;
  /** The session changed, for the first time since {@link SessionLedger.read}. */
  readonly changed: () => void;
}

/** What the gateway counts of one session, and who watches it. */
export class SessionLedger {
  readonly openedAtMs: number;
  /** What the client of the latest turn calls itself. */
  client: string | undefined;
  cells = 0;
  resumes = 0;
  readonly #options: SessionLedgerOptions;
  readonly #witnesses = new Set<Witness>();
  /** Those that want to see frames. Undefined: none does, which is all that a frame of most sessions asks. */
  #viewers: Witness[] | undefined;
  #receivedBytes = 0;
  #sentBytes = 0;
  #lastClose: SessionClose | undefined;
  #isRead = true;

  constructor(options: SessionLedgerOptions) {
    this.#options = options;
    this.openedAtMs = options.unixMs();
    this.touch();
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  get sentBytes(): number {
    return this.#sentBytes;
  }

  get lastClose(): SessionClose | undefined {
    return this.#lastClose;
  }

  /** Whether anybody is told what happens. */
  get isWatched(): boolean {
    return this.#witnesses.size > 0;
  }

  /** Whether anybody sees its frames. */
  get isShown(): boolean {
    return this.#viewers !== undefined;
  }

  /** Tells `witness` what happens from now on, until the function is called that this returns. */
  watch(witness: Witness): () => void {
    this.#witnesses.add(witness);
    this.#findViewers();
    return () => {
      this.#witnesses.delete(witness);
      this.#findViewers();
    };
  }

  /** How the session stands was read: the next change is told. */
  read(): void {
    this.#isRead = true;
  }

  /** The session is found no more: of its changes none is the first since it was read, for nobody reads it again. */
  ended(): void {
    this.#isRead = false;
  }

  /** The session changed. */
  touch(): void {
    if (!this.#isRead) return;
    this.#isRead = false;
    this.#options.changed();
  }

  /** A message came from the client. */
  received(bytes: number): void {
    this.#receivedBytes += bytes;
    this.touch();
  }

  /** A message is made for the client. */
  sent(bytes: number): void {
    this.#sentBytes += bytes;
    this.touch();
  }

  /** Shows a frame to those who want to see it. `sizeBytes` where `bytes` are not what stands on the wire. */
  show(
    direction: "in" | "out",
    frame: ClientFrame | ServerFrame,
    bytes: Uint8Array,
    subprotocol: Subprotocol,
    sizeBytes = bytes.length,
  ): void {
    if (!this.#viewers) return;
    const cellId = "cellId" in frame ? frame.cellId : undefined;
    const seq = "seq" in frame ? frame.seq : undefined;
    const seen: SeenFrame = { direction, tag: frame.type, cellId, seq, sizeBytes, subprotocol, bytes };
    for (const viewer of this.#viewers) viewer.show(seen);
  }

  tell(event: Unstamped): void {
    this.touch();
    for (const witness of this.#witnesses) witness.tell(event);
  }

  /** The socket of a turn is gone. */
  cut(turn: number, code: number, reason: string): void {
    this.#lastClose = { code, reason, atMs: this.#options.unixMs() };
    this.tell({ type: "turn_cut", turn, code, reason });
  }

  /** The session is gone. */
  gone(): void {
    for (const witness of this.#witnesses) witness.gone();
    this.#witnesses.clear();
    this.#viewers = undefined;
  }

  #findViewers(): void {
    const viewers = Array.from(this.#witnesses).filter(({ wantsFrames }) => wantsFrames);
    this.#viewers = viewers.length > 0 ? viewers : undefined;
  }
}
