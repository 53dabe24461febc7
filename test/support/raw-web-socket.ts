import { once } from "node:events";
import type { Socket } from "node:net";
import { encode } from "@msgpack/msgpack";
import { closeFrame, opcodes, rawFrame } from "./raw-frame.ts";
import { rawSocket, upgradeHead } from "./raw-request.ts";
import type { Subprotocol } from "./raw-turn.ts";

/** A frame that a server sent. */
export interface ReceivedFrame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly rsv: number;
  readonly isMasked: boolean;
  readonly payload: Buffer;
}

/** How a {@link RawWebSocket} connects, and behaves. */
export interface RawWebSocketOptions {
  readonly url: string;
  readonly token: string;
  /** Default: JSON. */
  readonly subprotocol?: Subprotocol | undefined;
  /** Header lines of the upgrade besides those that are needed. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Whether it answers a close, as it must. Default: true. */
  readonly answersClose?: boolean | undefined;
}

/** The end of a connection. */
export interface RawEnd {
  /** That of the close frame; 1005 where it had none, 1006 where there was no close frame. */
  readonly code: number;
  readonly reason: string;
}

/**
 * A WebSocket after its handshake on which the test writes the bytes of frames itself. It knows only so much of the
 * protocol that it can take the server's frames apart, and answer a close.
 */
export class RawWebSocket {
  readonly socket: Socket;
  /** The head of the answer to the upgrade. */
  readonly head: string;
  /** All frames that came. */
  readonly frames: ReceivedFrame[] = [];
  /** Resolves when the server has ended the connection. */
  readonly ended: Promise<RawEnd>;
  readonly #subprotocol: Subprotocol | undefined;
  readonly #answersClose: boolean;
  #bytes = Buffer.alloc(0);
  #end: RawEnd = { code: 1006, reason: "" };
  #onFrame: (frame: ReceivedFrame) => void = () => {};

  /** Rejects where the upgrade is not answered with 101. */
  static async open(options: RawWebSocketOptions): Promise<RawWebSocket> {
    const { url, token, subprotocol = "cellgate.v1.json", headers } = options;
    const socket = await rawSocket(url);
    const all = { Authorization: `Bearer ${token}`, "Sec-WebSocket-Protocol": subprotocol, ...headers };
    socket.write(upgradeHead("/v1/turn", all));
    const [answer] = (await once(socket, "data")) as [Buffer];
    const end = answer.indexOf("\r\n\r\n") + 4;
    const head = answer.subarray(0, end).toString("latin1");
    if (!head.startsWith("HTTP/1.1 101 ")) throw new Error(`expected status 101, got ${head}`);
    const webSocket = new RawWebSocket(socket, head, { ...options, subprotocol });
    webSocket.#take(answer.subarray(end));
    return webSocket;
  }

  private constructor(
    socket: Socket,
    head: string,
    { subprotocol, answersClose = true }: Pick<RawWebSocketOptions, "subprotocol" | "answersClose">,
  ) {
    this.socket = socket;
    this.head = head;
    this.#subprotocol = subprotocol;
    this.#answersClose = answersClose;
    socket.setNoDelay();
    socket.on("error", () => {});
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    this.ended = new Promise((resolve) => {
      const over = () => resolve(this.#end);
      socket.once("end", over).once("close", over);
    });
  }

  /** Writes bytes as they stand. Resolves when the system has them, or never will. */
  send(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => this.socket.write(bytes, () => resolve()));
  }

  /** Sends a frame of the JSON subprotocol. */
  sendJson(frame: object): Promise<void> {
    return this.send(rawFrame(opcodes.text, JSON.stringify(frame)));
  }

  /** Waits until a frame that matches is among {@link frames}, or the connection has ended: false. */
  async until(matches: (frame: ReceivedFrame) => boolean): Promise<boolean> {
    if (this.frames.some(matches)) return true;
    const come = new Promise<boolean>((resolve) => {
      this.#onFrame = (frame) => {
        if (matches(frame)) resolve(true);
      };
    });
    return Promise.race([come, this.ended.then(() => false)]);
  }

  /** Sends a ping and waits for its pong: what was sent before has been taken. False: the connection has ended. */
  settle(payload = "settled"): Promise<boolean> {
    void this.send(rawFrame(opcodes.ping, payload));
    return this.until(({ opcode, payload: got }) => opcode === opcodes.pong && got.toString() === payload);
  }

  /** Says `hello`, and waits for `welcome`. */
  async hello(): Promise<void> {
    const isJson = this.#subprotocol === "cellgate.v1.json";
    const hello = { type: "hello" };
    void this.send(isJson ? rawFrame(opcodes.text, JSON.stringify(hello)) : rawFrame(opcodes.binary, encode(hello)));
    if (!(await this.until(({ fin }) => fin))) throw new Error("expected welcome, got the end");
  }

  #take(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    for (let frame = this.#shift(); frame; frame = this.#shift()) {
      this.frames.push(frame);
      if (frame.opcode === opcodes.close) this.#closed(frame.payload);
      this.#onFrame(frame);
    }
  }

  #closed(payload: Buffer): void {
    const code = payload.length < 2 ? 1005 : payload.readUInt16BE(0);
    this.#end = { code, reason: payload.subarray(2).toString() };
    if (this.#answersClose) void this.send(code === 1005 ? rawFrame(opcodes.close) : closeFrame(code));
  }

  /** The next frame that is there as a whole. */
  #shift(): ReceivedFrame | undefined {
    const bytes = this.#bytes;
    const [first = 0, second = 0] = bytes;
    const short = second & 0x7f;
    const start = 2 + (short === 126 ? 2 : short === 127 ? 8 : 0);
    if (bytes.length < start) return undefined;
    const length = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
    if (bytes.length < start + length) return undefined;
    this.#bytes = bytes.subarray(start + length);
    return {
      opcode: first & 0x0f,
      fin: (first & 0x80) !== 0,
      rsv: (first >> 4) & 7,
      isMasked: (second & 0x80) !== 0,
      payload: bytes.subarray(start, start + length),
    };
  }
}
