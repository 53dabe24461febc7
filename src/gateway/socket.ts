import type { Duplex } from "node:stream";
import type { RawData, WebSocket } from "ws";
import type { CloseCode } from "../protocol/close-codes.ts";
import type { Subprotocol } from "../protocol/codec.ts";
import type { Limits } from "../protocol/limits.ts";
import type { Utf8Text } from "../protocol/utf8-text.ts";
import type { Clock } from "../session/clock.ts";
import { Arrival } from "./arrival.ts";
import type { Channel } from "./channel.ts";
import type { Dialect } from "./dialect.ts";
import { type Incoming, Inflow } from "./inflow.ts";
import type { Message } from "./message.ts";
import { Outflow, type Sink } from "./outflow.ts";
import { Patience } from "./patience.ts";
import { Pongs } from "./pongs.ts";

/** What becomes of what a socket brings. */
export interface SocketListener {
  /** A sign of life: bytes came, or the other end reads what had to wait. */
  heard(): void;
  receive(message: Message): void;
  /** After a time in which it did not, the socket takes again. */
  drained(): void;
  /** `code` is the one with which either end closed it; 1006 where it was lost. */
  closed(code: number, reason: string): void;
}

/** What a {@link Socket} needs. */
export interface SocketOptions {
  readonly webSocket: WebSocket;
  /** The connection below the WebSocket, to see the bytes of what is no whole message yet. */
  readonly stream: Duplex;
  /** That of the WebSocket's subprotocol. */
  readonly dialect: Dialect;
  readonly limits: Limits;
  readonly clock: Clock;
  /** Hears of what should never happen: an error that is no client's fault. */
  readonly report: (error: unknown) => void;
}

/** How long a client may take to answer a close, or to read what is left, before its socket is cut. */
const CLOSE_MS = 2_000;

/**
 * Chunks of bytes in which a frame may come: the largest in pieces of 256 bytes. However little is in a chunk, it takes
 * hundreds of bytes until the frame is whole.
 */
export function mostChunks({ frameBytes }: Pick<Limits, "frameBytes">): number {
  return Math.max(16_384, Math.ceil(frameBytes / 256));
}

/** A channel over a WebSocket: bytes on one side, values on the other. */
export class Socket implements Channel {
  readonly #options: SocketOptions;
  readonly #arrival = new Arrival();
  readonly #arriving: Patience;
  readonly #inflow: Inflow;
  readonly #outflow: Outflow;
  readonly #pongs: Pongs;
  #isCorked = false;
  /** Runs while there is something that a client must not take long for. */
  #cut: NodeJS.Timeout | undefined;
  #listener: SocketListener | undefined;
  /** How we closed it, or ws did, which the other end may never confirm. */
  #closing: { readonly code: CloseCode; readonly reason: string } | undefined;

  constructor(options: SocketOptions) {
    const { webSocket, stream, limits, clock } = options;
    const { frameMs, stalledMs } = limits;
    this.#options = options;
    this.#arriving = new Patience({
      clock,
      limitMs: frameMs,
      exhausted: () => this.close(1009, `a message did not arrive whole within ${frameMs} ms (frameMs)`),
    });
    this.#inflow = new Inflow({
      clock,
      framesPerSecond: limits.framesPerSecond,
      bytesPerSecond: limits.bytesPerSecond,
      sliceMs: limits.sliceMs,
      isBehind: () => !this.takes,
      defer: (callback) => void setImmediate(callback),
      pause: () => {
        this.#arriving.pause();
        webSocket.pause();
      },
      resume: () => {
        this.#arriving.resume();
        webSocket.resume();
      },
      take: (message) => this.#take(message),
    });
    this.#outflow = new Outflow({
      sink: sinkOf(webSocket, stream),
      binary: this.subprotocol === "cellgate.v1.msgpack",
      clock,
      heldBackBytes: limits.heldBackBytes,
      stalledMs,
      drained: () => this.#listener?.drained(),
      progressed: () => this.#listener?.heard(),
      stalled: () => this.close(4431, `nothing was read for ${stalledMs} ms (stalledMs)`),
    });
    this.#pongs = new Pongs((payload, sent) => {
      if (!this.#isOpen) return;
      this.#cork();
      webSocket.pong(payload, false, sent);
    });
  }

  get subprotocol(): Subprotocol {
    return this.#options.dialect.subprotocol;
  }

  get takes(): boolean {
    return this.#isOpen && this.#outflow.takes;
  }

  get unsentBytes(): number {
    return this.#outflow.unsentBytes;
  }

  /** Tells `listener` all that comes until either end closes, and then that the socket has closed. */
  listen(listener: SocketListener): void {
    const { webSocket, stream } = this.#options;
    this.#listener = listener;
    // Ahead of ws, so that a message is known to have begun before it has ended.
    stream.prependListener("data", (chunk: Buffer) => this.#arrived(chunk));
    webSocket.on("message", (data: RawData, isBinary) => this.#inflow.receive({ data: data as Buffer, isBinary }));
    webSocket.on("ping", (payload) => this.#pongs.answer(payload));
    webSocket.on("error", (error) => this.#failed(error));
    // Nobody would ever cut a client that has ended its half, and does not read what is left for it.
    stream.once("end", () => this.#cutSoon());
    webSocket.once("close", (received, text) => {
      // What the other end said before its farewell counts, though it had to wait.
      if (!this.#closing) this.#inflow.finish();
      this.#stop();
      // It would keep all that is here for as long.
      clearTimeout(this.#cut);
      const { code, reason } = this.#closing ?? { code: received, reason: text.toString() };
      listener.closed(code, reason);
    });
  }

  encode(frame: object): Uint8Array | undefined {
    const message = this.#options.dialect.write(frame);
    if (message) this.#inflow.answered(message.length);
    return message;
  }

  write(message: Uint8Array): void {
    if (!this.#isOpen) return;
    this.#cork();
    this.#outflow.write(message);
  }

  /** What one callback of the event loop has to say travels in one write, after what it told the executors. */
  #cork(): void {
    if (this.#isCorked) return;
    const { stream } = this.#options;
    this.#isCorked = true;
    stream.cork();
    queueMicrotask(() => {
      this.#isCorked = false;
      stream.uncork();
    });
  }

  ping(): void {
    if (this.#isOpen) this.#options.webSocket.ping();
  }

  byteLength(text: string | Utf8Text): number {
    return this.#options.dialect.byteLength(text);
  }

  close(code: CloseCode, reason: string): void {
    if (!this.#isOpen) return;
    const { webSocket } = this.#options;
    // Of a session that is gone the client is to have all; of any other it comes back for the rest.
    const isLast = code === 1000 || code === 1012;
    if (isLast) this.#outflow.whenEmpty(() => webSocket.close(code, reason));
    else webSocket.close(code, reason);
    this.#closing = { code, reason };
    if (!isLast) this.#stop();
    this.#cutSoon();
  }

  #cutSoon(): void {
    this.#cut ??= setTimeout(() => this.#options.webSocket.terminate(), CLOSE_MS).unref();
  }

  /** What came is no WebSocket: ws closes it by itself, and does not say how. What came before counts. */
  #failed(error: Error): void {
    this.#inflow.finish();
    this.#closing ??= { code: faultCode(error), reason: error.message };
  }

  get #isOpen(): boolean {
    const { webSocket } = this.#options;
    return !this.#closing && webSocket.readyState === webSocket.OPEN;
  }

  #stop(): void {
    this.#arriving.stop();
    this.#inflow.stop();
    this.#outflow.stop();
    // It may have been paused, and the answer to the close is still to come.
    this.#options.webSocket.resume();
  }

  #arrived(chunk: Buffer): void {
    if (!this.#isOpen) return;
    const { limits } = this.#options;
    const { messages, frames, openings } = this.#arrival;
    this.#arrival.take(chunk);
    this.#inflow.spend(this.#arrival.frames - frames - (this.#arrival.messages - messages));
    this.#listener?.heard();
    if (!this.#arrival.isOpen) this.#arriving.end();
    else if (this.#arrival.openings > openings) this.#arriving.renew();
    else this.#arriving.begin();
    const { fragments } = limits;
    const chunks = mostChunks(limits);
    if (this.#arrival.mostFragments > fragments)
      this.close(1009, `a message of more than ${fragments} fragments (fragments)`);
    if (this.#arrival.chunks > chunks) this.close(1009, `a message in more than ${chunks} pieces, of a few bytes each`);
  }

  #take({ data, isBinary }: Incoming): void {
    // ws goes on reading until the other end has answered our close.
    if (this.#closing) return;
    try {
      this.#listener?.receive(this.#options.dialect.read(data, isBinary));
    } catch (error) {
      this.#options.report(error);
      this.close(1011, "internal error");
    }
  }
}

/** A WebSocket as an {@link Outflow} sees it. */
function sinkOf(webSocket: WebSocket, stream: Duplex): Sink {
  // No public property moves before a whole write is done. Node's own idle timeout of sockets looks at this one.
  const { _handle: handle } = stream as { _handle?: { readonly writeQueueSize?: number } | null };
  return {
    get bufferedAmount() {
      return webSocket.bufferedAmount;
    },
    get queuedBytes() {
      return handle?.writeQueueSize;
    },
    send: (data, options, taken) => webSocket.send(data, options, taken),
  };
}

/** The code with which ws closes. */
function faultCode(error: Error & { code?: string }): CloseCode {
  switch (error.code) {
    case "WS_ERR_INVALID_UTF8":
      return 1007;
    case "WS_ERR_UNSUPPORTED_MESSAGE_LENGTH":
    case "WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH":
      return 1009;
    default:
      return 1002;
  }
}
