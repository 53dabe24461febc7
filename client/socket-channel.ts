import { CodecError } from "../src/protocol/codec-error.ts";
import { type Codec, createCodec, type Subprotocol } from "../src/protocol/codec.ts";
import { type FrameChecks, readFrame } from "../src/protocol/frame-check.ts";
import { deepestFrame } from "../src/protocol/guard.ts";
import type { AnnouncedLimits } from "../src/protocol/limits.ts";
import type { Channel, ChannelListener } from "./channel.ts";
import { assumedLimits, limitsInForce } from "./client-limits.ts";
import { type Closure, closureOf } from "./closure.ts";
import type { Vocabulary, Role } from "./vocabulary.ts";
import { after, type CancelTimer } from "./timer.ts";
import type { WebSocketLike } from "./web-socket.ts";

/** Long enough for the gateway to answer a close; a browser would wait for a minute. */
const closeMs = 3_000;

/**
 * A channel over a WebSocket: bytes become checked frames and back, within the default limits until `welcome` says which
 * hold. A frame that cannot be read closes it, as the two ends no longer speak the same language; one with an unknown tag
 * is ignored, as a newer gateway may have more to say.
 *
 * ```
 * open ──close(), bad frame──▶ closing ──close event, 3 s──▶ closed
 *   └──────────────────────close event────────────────────────▶
 * ```
 */
export class SocketChannel<R extends Role> implements Channel<R> {
  readonly #socket: WebSocketLike;
  readonly #subprotocol: Subprotocol;
  readonly #vocabulary: Vocabulary<R>;
  #listener: ChannelListener<R> | undefined;
  #phase: "open" | "closing" | "closed" = "open";
  #codec: Codec;
  #checks: FrameChecks<R["received"]>;
  /** How the channel was closed from here. */
  #closure: Closure | undefined;
  #cancelTimer: CancelTimer | undefined;
  /** What the socket said about why it closes. */
  #socketError: unknown;

  /** `socket` was just made, so that there is time to `listen`. */
  constructor(socket: WebSocketLike, subprotocol: Subprotocol, vocabulary: Vocabulary<R>) {
    this.#socket = socket;
    this.#subprotocol = subprotocol;
    this.#vocabulary = vocabulary;
    this.#codec = createCodec(subprotocol, assumedLimits);
    this.#checks = vocabulary.checks(assumedLimits.valueDepth);
    socket.binaryType = "arraybuffer";
    socket.addEventListener("open", () => this.#opened());
    socket.addEventListener("message", (event) => this.#received(event.data));
    socket.addEventListener("error", (event) => this.#failed(event));
    socket.addEventListener("close", ({ code, reason }) => this.#ended(closureOf(code, reason, this.#socketError)));
  }

  listen(listener: ChannelListener<R>): void {
    this.#listener = listener;
  }

  send(frame: R["sent"]): number {
    const message = this.#codec.encode(frame);
    // The codec's bytes are a copy of their own, so never on shared memory, which a WebSocket would refuse.
    if (this.#phase === "open") this.#socket.send(message as string | Uint8Array<ArrayBuffer>);
    return message.length;
  }

  measure(frame: R["sent"]): number {
    return this.#codec.encode(frame).length;
  }

  close(code: number, reason: string, cause?: unknown): void {
    if (this.#phase !== "open") return;
    this.#phase = "closing";
    const closure = closureOf(code, reason, cause);
    this.#closure = closure;
    this.#cancelTimer = after(closeMs, () => this.#ended(closure));
    // A close frame has room for 123 bytes of reason (RFC 6455, section 5.5), and 41 UTF-16 units take no more.
    this.#socket.close(code === 1001 ? 1000 : code, reason.slice(0, 41).toWellFormed());
  }

  #opened(): void {
    if (this.#phase === "open") this.#listener?.opened();
  }

  #received(data: unknown): void {
    if (this.#phase !== "open") return;
    let frame: R["received"] | undefined;
    const message = typeof data === "string" ? data : bytesOf(data);
    try {
      frame = this.#read(message);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      return this.close(4400, `the gateway sent a frame that cannot be read: ${error.message}`, error);
    }
    if (!frame) return;
    const welcome = this.#vocabulary.welcome(frame);
    if (welcome) this.#adopt(welcome.limits);
    this.#listener?.frame(frame, message.length);
  }

  /** A checked frame, or undefined for one with an unknown tag. Throws a `CodecError`. */
  #read(message: string | Uint8Array): R["received"] | undefined {
    const reading = readFrame(this.#codec.decode(message), this.#checks);
    if ("frame" in reading) return reading.frame;
    if (reading.refusal.code === "unknown_frame") return undefined;
    throw new CodecError(reading.refusal.message);
  }

  #adopt(announced: AnnouncedLimits): void {
    const limits = limitsInForce(announced);
    const frameDepth = Math.min(limits.frameDepth, deepestFrame);
    this.#codec = createCodec(this.#subprotocol, { ...limits, frameDepth });
    this.#checks = this.#vocabulary.checks(limits.valueDepth);
  }

  /** A `close` event follows. Node tells the cause; a browser does not. */
  #failed(event: object): void {
    if ("error" in event) this.#socketError = event.error;
  }

  #ended(closure: Closure): void {
    if (this.#phase === "closed") return;
    this.#phase = "closed";
    this.#cancelTimer?.();
    this.#listener?.closed(this.#closure ?? closure);
  }
}

/** The bytes of an `ArrayBuffer`, of whichever realm. Anything else has none, and no codec takes that for a frame. */
function bytesOf(data: unknown): Uint8Array {
  return typeof data === "object" && data !== null ? new Uint8Array(data as ArrayBuffer) : new Uint8Array();
}
