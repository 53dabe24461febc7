import type { Subprotocol } from "../protocol/codec.ts";
import type { FrameEvent, ObservedEvent } from "../protocol/observed-events.ts";
import type { EventRoom } from "./event-room.ts";
import type { SeenFrame, SessionLedger, Unstamped, Witness } from "./session-ledger.ts";
import type { Announce, Batch, Watch } from "./watch.ts";

/** Events gather for so long, or until they are so many bytes, before they are told. */
const PACE_MS = 50;
const BATCH_BYTES = 256 * 1024;

/** What an event takes beside its texts, and a frame beside its bytes. */
const EVENT_BYTES = 256;

/** What a {@link SessionWatch} needs. */
interface SessionWatchOptions {
  readonly sessionId: string;
  /** Whether frames are shown. */
  readonly frames: boolean;
  /** Of larger frames the bytes are left out. */
  readonly frameBytes: number;
  /** Every n-th frame is shown. */
  readonly sample: number;
  readonly ledger: SessionLedger;
  readonly room: EventRoom;
  readonly subprotocol: Subprotocol;
  readonly unixMs: () => number;
  readonly announce: Announce;
  /** How the session stands. Undefined: it is gone. */
  readonly snapshot: () => ObservedEvent | undefined;
}

interface Kept {
  readonly event: ObservedEvent;
  readonly bytes: number;
  /** Events that were lost between the one before it and this. */
  readonly dropped: number;
}

/**
 * Watches one session. It begins with how the session stands when that can be told; what happens from then on is kept until
 * the observer takes it, as long as there is room, and the rest is counted.
 *
 * ```
 * due ──take──▶ telling ──the session is gone──▶ over
 *   └──────────the session is gone────────────────▲
 * ```
 */
export class SessionWatch implements Watch, Witness {
  readonly #options: SessionWatchOptions;
  readonly #leave: () => void;
  #phase: "due" | "telling" | "over" = "due";
  #kept: Kept[] = [];
  #keptBytes = 0;
  /** Events that were lost behind the last that is kept. */
  #dropped = 0;
  /** Frames that were seen, to show every n-th. */
  #seen = 0;

  constructor(options: SessionWatchOptions) {
    this.#options = options;
    this.#leave = options.ledger.watch(this);
  }

  get wantsFrames(): boolean {
    return this.#options.frames;
  }

  get hasNews(): boolean {
    return this.#phase === "due" || this.#kept.length > 0 || this.#dropped > 0;
  }

  get isOver(): boolean {
    return this.#phase === "over";
  }

  tell(event: Unstamped): void {
    const bytes = EVENT_BYTES + textIn(event);
    if (this.#hasRoom(bytes)) this.#keep({ ...event, atMs: this.#options.unixMs() }, bytes);
  }

  show({ bytes, ...seen }: SeenFrame): void {
    const { frameBytes, sample, unixMs } = this.#options;
    this.#seen += 1;
    if (this.#seen % sample !== 0) return;
    const isWhole = bytes.length <= frameBytes;
    const size = EVENT_BYTES + (isWhole ? bytes.length : 0);
    if (!this.#hasRoom(size)) return;
    const own = isWhole ? ownBytes(bytes, seen.direction) : undefined;
    this.#keep({ type: "frame", atMs: unixMs(), ...seen, bytes: own }, size);
  }

  gone(): void {
    const { sessionId, unixMs } = this.#options;
    // It is told in any case, in room of its own: there is one of it.
    this.#keep({ type: "session_gone", atMs: unixMs(), sessionId }, 0);
    this.#phase = "over";
  }

  take(): Batch {
    if (this.#phase === "due") {
      this.#phase = "telling";
      const snapshot = this.#options.snapshot();
      if (snapshot) return { dropped: 0, events: [snapshot] };
    }
    const batch = this.#kept.splice(0, this.#batchLength);
    for (const { bytes } of batch) this.#release(bytes);
    // With nothing behind it, the loss itself is what there is to tell.
    const dropped = batch[0]?.dropped ?? this.#dropped;
    if (batch.length === 0) this.#dropped = 0;
    return { dropped, events: batch.map(({ event }) => this.#written(event)) };
  }

  stop(): void {
    this.#leave();
    for (const { bytes } of this.#kept.splice(0)) this.#release(bytes);
    this.#phase = "over";
  }

  /** Takes room for an event, or counts it as lost. Before the snapshot it is a part of that. */
  #hasRoom(bytes: number): boolean {
    if (this.#phase !== "telling") return false;
    if (this.#options.room.take(bytes)) return true;
    if (this.#dropped === 0) this.#options.announce(PACE_MS);
    this.#dropped += 1;
    return false;
  }

  #keep(event: ObservedEvent, bytes: number): void {
    this.#kept.push({ event, bytes, dropped: this.#dropped });
    this.#dropped = 0;
    this.#keptBytes += bytes;
    this.#options.announce(this.#keptBytes < BATCH_BYTES ? PACE_MS : 0);
  }

  #release(bytes: number): void {
    this.#keptBytes -= bytes;
    if (bytes > 0) this.#options.room.give(bytes);
  }

  /** How many of those that are kept are told next: as many as fit, up to where something was lost. */
  get #batchLength(): number {
    let sum = 0;
    const end = this.#kept.findIndex(({ bytes, dropped }, index) => {
      sum += bytes;
      return index > 0 && (sum > BATCH_BYTES || dropped > 0);
    });
    return end === -1 ? this.#kept.length : end;
  }

  #written(event: ObservedEvent): ObservedEvent {
    if (event.type !== "frame" || this.#options.subprotocol === "cellgate.v1.msgpack") return event;
    return { ...event, bytes: event.bytes && Buffer.from(event.bytes as Uint8Array).toString("base64") };
  }
}

/** What came is a part of a chunk that the socket read, which it would keep from being freed. What goes out is a copy already. */
function ownBytes(bytes: Uint8Array, direction: FrameEvent["direction"]): Buffer {
  return direction === "in" ? Buffer.from(bytes) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Characters of an event's texts that can be long. */
function textIn(event: Unstamped): number {
  switch (event.type) {
    case "cell_accepted":
      return event.tools.reduce((sum, name) => sum + name.length, event.source.length);
    case "cell_ended":
      return event.error?.message.length ?? 0;
    case "values":
      return Object.entries(event.writes).reduce((sum, [key, text]) => sum + key.length + (text?.length ?? 4), 0);
    default:
      return 0;
  }
}
