import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Subprotocol } from "../protocol/codec.ts";
import type { Limits } from "../protocol/limits.ts";
import { type Principal, scopes } from "../session/principal.ts";
import { Tally } from "../session/tally.ts";
import type { Admission, Refusal } from "./admission.ts";
import { BEARER_PROTOCOL, offeredProtocols } from "./auth.ts";
import type { Drain } from "./drain.ts";
import type { GatewayObserver } from "./gateway-event.ts";
import { mostChunks } from "./socket.ts";
import { pathOf, TURN_PATH } from "./turn-path.ts";

const subprotocols: readonly Subprotocol[] = ["cellgate.v1.msgpack", "cellgate.v1.json"];

/**
 * A browser cannot see the status of a refused upgrade, so its handshake is completed and closed with a code. So many
 * such sockets at a time, for so long each.
 */
const REFUSED_SOCKETS = 32;
const CLOSE_MS = 2_000;

/** What the types of ws do not know yet: how long a socket may be closing. */
const closing = { closeTimeout: CLOSE_MS };

/** How long a client that has too many sockets is asked to wait: it finds that in the header, or in the close's reason. */
const RETRY_S = 1;

const elsewhere = { status: 404, reason: `turns connect at ${TURN_PATH}` } as const;
/** RFC 6455, section 4.2.1. Node sees to it in all requests but upgrades, and ws to the rest of that section. */
const hostless = { status: 400, reason: "expected HTTP/1.1 and a Host" } as const;

/** Turns HTTP upgrades into WebSockets, or refuses them. */
export class Upgrade {
  readonly #admission: Admission;
  readonly #limits: Limits;
  readonly #observer: GatewayObserver;
  readonly #drain: Drain;
  readonly #server: WebSocketServer;
  readonly #sockets = new Tally();
  #refused = 0;

  constructor(admission: Admission, limits: Limits, observer: GatewayObserver, drain: Drain) {
    this.#admission = admission;
    this.#limits = limits;
    this.#observer = observer;
    this.#drain = drain;
    this.#server = new WebSocketServer({
      ...closing,
      noServer: true,
      clientTracking: false,
      // A socket answers pings itself: ws would cut off whoever sends many at once.
      autoPong: false,
      maxPayload: limits.frameBytes,
      // A socket counts these itself, and closes for them with codes of ours. This holds for what comes behind its close.
      maxFragments: limits.fragments,
      maxBufferedChunks: mostChunks(limits),
      // 8 KB a connection without, 252 KB with.
      perMessageDeflate: false,
      handleProtocols: pickProtocol,
    });
  }

  /** Calls `accept` with the socket of a client that may connect, and its principal. */
  async handle(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    accept: (webSocket: WebSocket, principal: Principal) => void,
  ): Promise<void> {
    socket.on("error", () => socket.destroy());
    if (pathOf(request) !== TURN_PATH) return refuseByStatus(socket, elsewhere);
    if (request.httpVersion !== "1.1" || request.headers.host === undefined) return refuseByStatus(socket, hostless);
    const admitted = await this.#admission.admit(request, ...scopes);
    if (socket.destroyed) return;
    if ("status" in admitted) return this.#refuse(request, socket, head, admitted);
    const refusal = this.#drainRefusal ?? this.#refusalOf(request, admitted);
    if (refusal) return this.#refuse(request, socket, head, refusal);
    socket.once("close", () => this.#sockets.release(admitted.name));
    this.#server.handleUpgrade(request, socket, head, (webSocket) => accept(webSocket, admitted));
  }

  get #drainRefusal(): Refusal | undefined {
    const { retryAfterMs } = this.#drain;
    if (retryAfterMs === undefined) return undefined;
    const headers = { "Retry-After": `${Math.ceil(retryAfterMs / 1_000)}` };
    return { status: 503, code: 1012, reason: "the gateway is going down", headers };
  }

  /** Why this principal's socket is refused; if it is not, a place is taken for it. */
  #refusalOf(request: IncomingMessage, { name, sockets }: Principal): Refusal | undefined {
    if (!offeredProtocols(request).some(isSubprotocol)) {
      return { status: 400, code: 4406, reason: `expected the subprotocol ${subprotocols.join(" or ")}` };
    }
    const limit = "socketsPerPrincipal";
    const most = sockets ?? this.#limits[limit];
    if (this.#sockets.take(name, most)) return undefined;
    this.#observer.hear({ type: "limit_hit", limit, principal: name });
    const reason = `the principal has ${most} sockets (${limit}): connect again in ${RETRY_S * 1_000} ms`;
    return { status: 429, code: 4429, reason, headers: { "Retry-After": `${RETRY_S}` } };
  }

  /** By status for a client that set a header and so can read one; by close code for a browser. */
  #refuse(request: IncomingMessage, socket: Duplex, head: Buffer, refusal: Refusal): void {
    const { status, reason } = refusal;
    this.#observer.hear({ type: "refused", status, reason });
    const echo = pickProtocol(new Set(offeredProtocols(request)));
    if (request.headers.authorization !== undefined || echo === false || this.#refused >= REFUSED_SOCKETS) {
      return refuseByStatus(socket, refusal);
    }
    this.#refused += 1;
    socket.once("close", () => {
      this.#refused -= 1;
    });
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on("error", () => {});
      webSocket.close(refusal.code, refusal.reason);
    });
  }
}

function isSubprotocol(protocol: string): protocol is Subprotocol {
  return subprotocols.includes(protocol as Subprotocol);
}

/** The first that we speak; else the first that is no token, for a client that is told a close code over it. */
function pickProtocol(offered: Set<string>): string | false {
  const protocols = [...offered];
  return protocols.find(isSubprotocol) ?? protocols.find((protocol) => !protocol.startsWith(BEARER_PROTOCOL)) ?? false;
}

function refuseByStatus(socket: Duplex, { status, reason, headers = {} }: Omit<Refusal, "code">): void {
  const body = `${reason}\n`;
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "Connection: close",
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  // Not left to the client: one that keeps its half open would keep the socket, and a closing gateway waiting.
  socket.once("finish", () => socket.destroy());
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}
