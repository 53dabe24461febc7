import { type IncomingMessage, STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { Subprotocol } from "../protocol/codec.ts";
import type { Limits } from "../protocol/limits.ts";
import { type Auth, BEARER_PROTOCOL, offeredProtocols } from "./auth.ts";

/** Where turns connect. */
export const TURN_PATH = "/v1/turn";

const subprotocols: readonly Subprotocol[] = ["cellgate.v1.msgpack", "cellgate.v1.json"];

/**
 * A browser cannot see the status of a refused upgrade, so its handshake is completed and closed with a code. So many
 * such sockets at a time, for so long each.
 */
const REFUSED_SOCKETS = 32;
const REFUSED_MS = 2_000;

interface Refusal {
  readonly status: 400 | 401 | 404 | 503;
  readonly code: 4401 | 4406;
  readonly reason: string;
}

/** Turns HTTP upgrades into WebSockets, or refuses them. */
export class Upgrade {
  readonly #auth: Auth;
  readonly #server: WebSocketServer;
  #refused = 0;

  constructor(auth: Auth, limits: Limits) {
    this.#auth = auth;
    this.#server = new WebSocketServer({
      noServer: true,
      maxPayload: limits.frameBytes,
      // 8 KB a connection without, 252 KB with.
      perMessageDeflate: false,
      handleProtocols: pickProtocol,
    });
  }

  /** Calls `accept` with the socket of a client that may connect. */
  handle(request: IncomingMessage, socket: Duplex, head: Buffer, accept: (webSocket: WebSocket) => void): void {
    socket.on("error", () => socket.destroy());
    if (pathOf(request) !== TURN_PATH) return refuseByStatus(socket, 404, `turns connect at ${TURN_PATH}`);
    if (!this.#auth.accepts(request)) {
      return this.#refuse(request, socket, head, { status: 401, code: 4401, reason: "the token is missing or wrong" });
    }
    if (!offeredProtocols(request).some(isSubprotocol)) {
      const reason = `expected the subprotocol ${subprotocols.join(" or ")}`;
      return this.#refuse(request, socket, head, { status: 400, code: 4406, reason });
    }
    this.#server.handleUpgrade(request, socket, head, accept);
  }

  /** By status for a client that set a header and so can read one; by close code for a browser. */
  #refuse(request: IncomingMessage, socket: Duplex, head: Buffer, { status, code, reason }: Refusal): void {
    const echo = pickProtocol(new Set(offeredProtocols(request)));
    if (request.headers.authorization !== undefined || echo === false || this.#refused >= REFUSED_SOCKETS) {
      return refuseByStatus(socket, status, reason);
    }
    this.#refused += 1;
    socket.once("close", () => {
      this.#refused -= 1;
    });
    this.#server.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on("error", () => {});
      webSocket.close(code, reason);
      setTimeout(() => webSocket.terminate(), REFUSED_MS).unref();
    });
  }
}

/** The path that is asked for; undefined where the target is no URL, as in `GET //`. */
export function pathOf({ url = "/" }: IncomingMessage): string | undefined {
  return URL.parse(url, "http://localhost")?.pathname;
}

function isSubprotocol(protocol: string): protocol is Subprotocol {
  return subprotocols.includes(protocol as Subprotocol);
}

/** The first that we speak; else the first that is no token, for a client that is told a close code over it. */
function pickProtocol(offered: Set<string>): string | false {
  const protocols = [...offered];
  return protocols.find(isSubprotocol) ?? protocols.find((protocol) => !protocol.startsWith(BEARER_PROTOCOL)) ?? false;
}

function refuseByStatus(socket: Duplex, status: Refusal["status"], reason: string): void {
  const body = `${reason}\n`;
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "Connection: close",
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(status === 401 ? ["WWW-Authenticate: Bearer"] : []),
  ];
  // Not left to the client: one that keeps its half open would keep the socket, and a closing gateway waiting.
  socket.once("finish", () => socket.destroy());
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}
