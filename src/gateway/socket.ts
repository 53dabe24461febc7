import type { RawData, WebSocket } from "ws";
import { clientFrameChecks } from "../protocol/client-frame-checks.ts";
import type { ClientFrame } from "../protocol/client-frames.ts";
import { CodecError } from "../protocol/codec-error.ts";
import { type Codec, createCodec, type Subprotocol } from "../protocol/codec.ts";
import { type FrameChecks, type Reading, readFrame } from "../protocol/frame-check.ts";
import type { Limits } from "../protocol/limits.ts";
import type { ServerFrame } from "../protocol/server-frames.ts";
import type { Channel } from "./channel.ts";

/** What becomes of what a socket brings. */
export interface SocketListener {
  /** A sign of life: a message, or a ping or pong of the WebSocket. Comes before {@link receive}. */
  heard(): void;
  receive(reading: Reading<ClientFrame>): void;
  /** After a time in which it did not, the socket takes again. */
  drained(): void;
  closed(): void;
}

/** How long a client may take to answer a close before its socket is cut. */
const CLOSE_MS = 2_000;

/** A channel over a WebSocket: bytes on one side, checked frames on the other. */
export class Socket implements Channel {
  readonly #socket: WebSocket;
  readonly #codec: Codec;
  readonly #limits: Limits;
  readonly #checks: FrameChecks<ClientFrame>;
  readonly #report: (error: unknown) => void;
  #listener: SocketListener | undefined;
  #isFull = false;

  /** `report` hears of what should never happen: an error that is no client's fault. */
  constructor(socket: WebSocket, limits: Limits, report: (error: unknown) => void) {
    this.#socket = socket;
    this.#limits = limits;
    this.#codec = createCodec(socket.protocol as Subprotocol, limits);
    this.#checks = clientFrameChecks(limits);
    this.#report = report;
  }

  /** Tells `listener` all that comes until either end closes, and then that the socket has closed. */
  listen(listener: SocketListener): void {
    this.#listener = listener;
    this.#socket.on("ping", () => listener.heard());
    this.#socket.on("pong", () => listener.heard());
    this.#socket.on("message", (data: RawData, isBinary) => {
      listener.heard();
      // ws goes on reading until the other end has answered our close.
      if (this.#socket.readyState !== this.#socket.OPEN) return;
      try {
        listener.receive(this.#read(data as Buffer, isBinary));
      } catch (error) {
        this.#report(error);
        this.close(1011, "internal error");
      }
    });
    // ws closes with the right code by itself; without a listener the error would end the process.
    this.#socket.on("error", () => {});
    this.#socket.once("close", () => listener.closed());
  }

  get subprotocol(): Subprotocol {
    return this.#codec.subprotocol;
  }

  get takes(): boolean {
    return this.#socket.bufferedAmount < this.#limits.heldBackBytes;
  }

  get unsentBytes(): number {
    return this.#socket.bufferedAmount;
  }

  encode(frame: ServerFrame): Uint8Array | undefined {
    try {
      const message = this.#codec.encode(frame);
      return typeof message === "string" ? Buffer.from(message) : message;
    } catch (error) {
      if (error instanceof CodecError) return undefined;
      throw error;
    }
  }

  write(message: Uint8Array): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    const binary = this.subprotocol === "cellgate.v1.msgpack";
    this.#socket.send(message, { binary }, () => this.#written());
    if (!this.takes) this.#isFull = true;
  }

  ping(): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping();
  }

  byteLength(text: string): number {
    return this.#codec.byteLength(text);
  }

  close(code: number, reason: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.close(code, reason);
    setTimeout(() => this.#socket.terminate(), CLOSE_MS).unref();
  }

  #written(): void {
    if (!this.#isFull || !this.takes) return;
    this.#isFull = false;
    this.#listener?.drained();
  }

  #read(data: Buffer, isBinary: boolean): Reading<ClientFrame> {
    try {
      return readFrame(this.#codec.decode(isBinary ? data : data.toString()), this.#checks);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      return { refusal: { code: "bad_frame", message: `frame: ${error.message}` } };
    }
  }
}
