import { once } from "node:events";
import { decode, encode } from "@msgpack/msgpack";
import { WebSocket } from "ws";
import type { HelloFrame } from "../../src/protocol/client-frames.ts";
import type { ServerFrame, WelcomeFrame } from "../../src/protocol/server-frames.ts";

export type Subprotocol = "cellgate.v1.msgpack" | "cellgate.v1.json";
export const subprotocols: readonly Subprotocol[] = ["cellgate.v1.msgpack", "cellgate.v1.json"];

type FrameOf<Type> = Extract<ServerFrame, { type: Type }>;

/** How a {@link RawTurn} connects. */
export interface RawTurnOptions {
  readonly url: string;
  readonly token: string;
  /** Default: msgpack. */
  readonly subprotocol?: Subprotocol | undefined;
}

interface Waiting {
  readonly type: string;
  readonly matches: (frame: ServerFrame) => boolean;
  readonly resolve: (frame: ServerFrame) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A client as bare as it can be, for tests that decide about every frame: it acknowledges nothing by itself, answers no
 * tool call and knows nothing of ids. It reads and writes with other libraries than the gateway does. Nothing in it
 * sleeps: {@link next} waits for a frame, {@link closed} for the end.
 *
 * ```ts
 * const turn = await RawTurn.open(gateway);
 * await turn.hello();
 * turn.send({ type: "execute", id: 1, source: "text(1)" });
 * const { content, seq } = await turn.next("result", { id: 1 });
 * turn.ack(seq);
 * ```
 */
export class RawTurn {
  readonly socket: WebSocket;
  /** All frames that came, in order, whether {@link next} took them or not. */
  readonly frames: ServerFrame[] = [];
  /** How the socket closed. */
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly #untaken = new Set<ServerFrame>();
  readonly #waiting: Waiting[] = [];
  #lastSeq = 0;
  #ended: string | undefined;

  /** Connects. Rejects where the upgrade is refused. */
  static async open({ url, token, subprotocol = "cellgate.v1.msgpack" }: RawTurnOptions): Promise<RawTurn> {
    const socket = new WebSocket(url, [subprotocol], {
      headers: { Authorization: `Bearer ${token}` },
      perMessageDeflate: false,
    });
    const turn = new RawTurn(socket);
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    return turn;
  }

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("error", () => {});
    socket.on("message", (data: Buffer, isBinary) => {
      this.#receive((isBinary ? decode(data) : JSON.parse(data.toString())) as ServerFrame);
    });
    this.closed = new Promise((resolve) => {
      socket.once("close", (code, reason) => {
        this.#ended = `${code} ${reason.toString()}`;
        for (const { reject, type } of this.#waiting.splice(0)) reject(this.#endedError(type));
        resolve({ code, reason: reason.toString() });
      });
    });
  }

  /** Sends a frame, whatever it is made of. */
  send(frame: object): void {
    const isJson = this.socket.protocol === "cellgate.v1.json";
    this.socket.send(isJson ? JSON.stringify(frame) : encode(frame, { ignoreUndefined: true, maxDepth: 1_000 }));
  }

  /** Sends a message as it stands: a string as text, bytes as binary. */
  sendRaw(message: string | Uint8Array): void {
    this.socket.send(message);
  }

  /** Sends `hello` and waits for `welcome`. */
  hello(fields: Omit<HelloFrame, "type"> = {}): Promise<WelcomeFrame> {
    this.send({ type: "hello", ...fields });
    return this.next("welcome");
  }

  /** Acknowledges all frames up to `seq`. Default: all that have come. */
  ack(seq = this.#lastSeq): void {
    this.send({ type: "ack", seq });
  }

  /**
   * The first frame with this tag and these fields that was not given yet; the others stay for later calls. Rejects if
   * the socket closes before it comes.
   */
  next<Type extends ServerFrame["type"]>(type: Type, fields: Partial<FrameOf<Type>> = {}): Promise<FrameOf<Type>> {
    const wanted = Object.entries({ ...fields, type });
    const matches = (frame: ServerFrame): boolean =>
      wanted.every(([key, value]) => (frame as unknown as Record<string, unknown>)[key] === value);
    for (const frame of this.#untaken) {
      if (!matches(frame)) continue;
      this.#untaken.delete(frame);
      return Promise.resolve(frame as FrameOf<Type>);
    }
    if (this.#ended !== undefined) return Promise.reject(this.#endedError(type));
    return new Promise((resolve, reject) => {
      this.#waiting.push({ type, matches, resolve: resolve as (frame: ServerFrame) => void, reject });
    });
  }

  /** Waits for the next frame, whatever it is; {@link frames} has it then. */
  arrival(): Promise<unknown> {
    return once(this.socket, "message");
  }

  /** Sends `ping` and waits for `pong`: what was sent before has been taken, and what it caused at once has come. */
  async settle(): Promise<void> {
    this.send({ type: "ping" });
    await this.next("pong");
  }

  /** The tags of all frames that came, in order. */
  get tags(): ServerFrame["type"][] {
    return this.frames.map(({ type }) => type);
  }

  /** Closes the socket and waits until it is closed. */
  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }

  #receive(frame: ServerFrame): void {
    this.frames.push(frame);
    if ("seq" in frame) this.#lastSeq = frame.seq;
    const index = this.#waiting.findIndex(({ matches }) => matches(frame));
    if (index === -1) this.#untaken.add(frame);
    else this.#waiting.splice(index, 1)[0]?.resolve(frame);
  }

  #endedError(type: string): Error {
    return new Error(
      `the socket closed (${this.#ended}) while the test waited for ${type}; came: ${this.tags.join(" ")}`,
    );
  }
}
