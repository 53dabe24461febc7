import { WebSocket } from "ws";
import type { Subprotocol } from "../../src/protocol/codec.ts";
import type { SocketTap } from "./trace-recorder.ts";

/** Where and as whom the sockets of a load connect. */
export interface Target {
  /** Of turns: `ws://127.0.0.1:8080/v1/turn`. */
  readonly address: string;
  readonly token: string;
  readonly subprotocol: Subprotocol;
}

/**
 * A socket of a load. It is one of `ws`, which takes half the memory of Node's own (50 against 95 KB with all that a turn
 * has beside it), and can be cut.
 */
export class LoadSocket extends WebSocket {
  readonly #tap: SocketTap | undefined;

  /** `tap` is told what happens on it. */
  constructor({ address, token, subprotocol }: Target, tap?: SocketTap) {
    super(address, [subprotocol], { perMessageDeflate: false, headers: { authorization: `Bearer ${token}` } });
    this.#tap = tap;
    if (!tap) return;
    this.addEventListener("message", ({ data }) => {
      tap.message("out", typeof data === "string" ? data : new Uint8Array(data as ArrayBuffer));
    });
    this.addEventListener("close", ({ code, reason }) => tap.closed("out", code, reason));
  }

  override send(message: string | Uint8Array<ArrayBuffer>): void {
    this.#tap?.message("in", message);
    super.send(message);
  }

  /** `ws` calls it too, to answer a close of the gateway: then the reason is as it came. */
  override close(code?: number, reason?: string | Buffer): void {
    this.#tap?.closed(typeof reason === "string" ? "in" : "out", code ?? 1005, reason?.toString());
    super.close(code, reason);
  }

  override terminate(): void {
    this.#tap?.closed("in", 1006);
    super.terminate();
  }
}
