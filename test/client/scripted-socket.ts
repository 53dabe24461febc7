import type { WebSocketConstructor, WebSocketLike } from "../../client/web-socket.ts";
import type { ClientFrame } from "../../src/protocol/client-frames.ts";
import { createCodec, type Subprotocol } from "../../src/protocol/codec.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";

interface Events {
  open: void;
  message: { data: unknown };
  error: object;
  close: { code: number; reason: string };
}

/** A WebSocket that does what a test says, and keeps what is sent on it. */
export class ScriptedSocket implements WebSocketLike {
  binaryType = "blob";
  readonly url: string;
  readonly subprotocols: string[];
  readonly sent: (string | Uint8Array)[] = [];
  readonly closedWith: unknown[][] = [];
  readonly #listeners = new Map<keyof Events, ((event: never) => void)[]>();

  constructor(url = "ws://host/v1/turn", subprotocols: string[] = ["cellgate.v1.json"]) {
    this.url = url;
    this.subprotocols = subprotocols;
  }

  /** A constructor that hands out this very socket, with what it was called with in `calls`. */
  static constructorOf(socket: ScriptedSocket, calls: unknown[] = []): WebSocketConstructor {
    return function (...args: unknown[]) {
      calls.push(args);
      return socket;
    } as unknown as WebSocketConstructor;
  }

  addEventListener(type: keyof Events, listener: (event: never) => void): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }

  emit<Type extends keyof Events>(type: Type, event: Events[Type]): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event as never);
  }

  /** Says a frame as the codec of the subprotocol writes it. */
  say(frame: object, subprotocol = this.subprotocols[0] as Subprotocol, limits = defaultLimits): void {
    const data = createCodec(subprotocol, limits).encode(frame);
    this.emit("message", { data: typeof data === "string" ? data : data.slice().buffer });
  }

  send(data: string | Uint8Array): void {
    this.sent.push(data);
  }

  close(code?: number, reason?: string): void {
    this.closedWith.push([code, reason]);
  }

  /** What was sent, decoded. */
  frames(): ClientFrame[] {
    const codec = createCodec(this.subprotocols[0] as Subprotocol, {
      ...defaultLimits,
      frameBytes: 1e9,
      frameNodes: 1e9,
    });
    return this.sent.map((data) => codec.decode(data) as ClientFrame);
  }
}
