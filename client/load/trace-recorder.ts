import { createCodec, type Subprotocol } from "../../src/protocol/codec.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";
import { traceLineText } from "../trace.ts";

type Message = string | Uint8Array;

/** The codec for the two frames that have a secret. */
const codecs: { readonly [S in Subprotocol]: ReturnType<typeof createCodec> } = {
  "cellgate.v1.msgpack": createCodec("cellgate.v1.msgpack", defaultLimits),
  "cellgate.v1.json": createCodec("cellgate.v1.json", defaultLimits),
};

/** Records what goes over the sockets of one worker, as `docs/trace.md` describes it. */
export class TraceRecorder {
  #sockets = 0;
  #lines: string[] = [];

  /** Another socket: whatever happens on it is told to what this returns. */
  socket(subprotocol: Subprotocol): SocketTap {
    this.#sockets += 1;
    return new SocketTap(this.#sockets, subprotocol, (line) => this.#lines.push(line));
  }

  /** The lines since this was last asked. */
  take(): string {
    const text = this.#lines.join("");
    this.#lines = [];
    return text;
  }
}

/** What happens on one socket. */
export class SocketTap {
  readonly #socket: number;
  readonly #subprotocol: Subprotocol;
  readonly #add: (line: string) => void;
  #isWelcome = false;
  #isClosed = false;

  constructor(socket: number, subprotocol: Subprotocol, add: (line: string) => void) {
    this.#socket = socket;
    this.#subprotocol = subprotocol;
    this.#add = add;
  }

  /** A message went, `in` to the gateway or `out` of it. */
  message(direction: "in" | "out", message: Message): void {
    const shown = this.#isWelcome ? message : this.#withoutSecret(message);
    const bytes = typeof shown === "string" ? new TextEncoder().encode(shown) : new Uint8Array(shown);
    const line = { atMs: now(), direction, socket: this.#socket, subprotocol: this.#subprotocol, bytes };
    if (!this.#isClosed) this.#add(traceLineText(line));
  }

  /** The socket is over; only the first time counts. `direction`: whose end came first. */
  closed(direction: "in" | "out", closeCode: number, reason = ""): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#add(traceLineText({ atMs: now(), direction, socket: this.#socket, closeCode, reason }));
  }

  /** `hello` and `welcome`, with which a socket begins, have the token of the session. */
  #withoutSecret(message: Message): Message {
    const codec = codecs[this.#subprotocol];
    const frame = codec.decode(message) as { readonly type?: unknown; readonly sessionToken?: unknown };
    if (frame.type === "welcome") this.#isWelcome = true;
    return frame.sessionToken === undefined ? message : codec.encode({ ...frame, sessionToken: "…" });
  }
}

/** Unix time with a fraction. */
function now(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1_000) / 1_000;
}
