import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Executor } from "../executor/executor.ts";
import type { Limits } from "../protocol/limits.ts";
import type { Clock } from "../session/clock.ts";
import type { Principal } from "../session/principal.ts";
import { Sessions } from "../session/sessions.ts";
import { Admission } from "./admission.ts";
import type { Auth } from "./auth.ts";
import { Connection } from "./connection.ts";
import type { GatewayObserver } from "./gateway-event.ts";
import type { Origins } from "./origins.ts";
import { Socket } from "./socket.ts";
import { pathOf, TURN_PATH, Upgrade } from "./upgrade.ts";

/** What a {@link Gateway} needs. */
export interface GatewayOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly auth: Auth;
  readonly origins: Origins;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly executor: Executor;
  readonly server: { readonly name: string; readonly version: string };
  readonly observer: GatewayObserver;
}

/** How long a closing gateway waits for its clients to answer. */
const CLOSE_MS = 2_000;

/** The HTTP server: turns at `/v1/turn`, and `/healthz`. */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #http: Server;
  readonly #upgrade: Upgrade;
  readonly #sessions: Sessions;
  readonly #sockets = new Set<Socket>();
  #connections = 0;
  #onEmpty: (() => void) | undefined;
  /** Set once it is closing. */
  #closed: Promise<void> | undefined;

  constructor(options: GatewayOptions) {
    const { auth, origins, limits, clock, executor, observer } = options;
    this.#options = options;
    this.#sessions = new Sessions(limits, clock, executor, observer);
    this.#upgrade = new Upgrade(new Admission(auth, origins), limits, observer);
    this.#http = createServer(answer);
    this.#http.on("upgrade", (request, socket, head) => {
      void this.#upgrade.handle(request, socket, head, (webSocket, principal) =>
        this.#accept(new Socket(webSocket, limits, this.#report), principal),
      );
    });
  }

  /** Starts listening. Resolves to the URL of turns; rejects where the address cannot be had. */
  listen(): Promise<string> {
    const { host, port } = this.#options;
    return new Promise((resolve, reject) => {
      this.#http.once("error", reject);
      this.#http.listen(port, host, () => {
        this.#http.off("error", reject);
        const { address, family, port: actual } = this.#http.address() as AddressInfo;
        resolve(`ws://${family === "IPv6" ? `[${address}]` : address}:${actual}${TURN_PATH}`);
      });
    });
  }

  /** Reads the files that say who may connect again. Whoever is connected stays so. */
  reload(): Promise<void> {
    return this.#options.auth.reload();
  }

  /** Closes all sockets with 1012, then the executors, then the server. Closing twice is closing once. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const httpClosed = new Promise((resolve) => this.#http.close(resolve));
    const emptied = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    for (const socket of this.#sockets) socket.close(1012, "the gateway is going down");
    this.#checkEmpty();
    const timer = setTimeout(() => this.#onEmpty?.(), CLOSE_MS);
    await emptied;
    clearTimeout(timer);
    await this.#options.executor.close();
    this.#http.closeAllConnections();
    this.#options.auth.close();
    await httpClosed;
  }

  readonly #report = (error: unknown): void => {
    this.#options.observer.hear({ type: "internal_error", error });
  };

  #accept(socket: Socket, principal: Principal): void {
    const { limits, clock, server, observer } = this.#options;
    const sessions = this.#sessions;
    this.#connections += 1;
    const number = this.#connections;
    const channel = socket;
    const options = { channel, principal, sessions, limits, clock, server, connection: number, observer };
    const connection = new Connection(options);
    this.#sockets.add(socket);
    observer.hear({ type: "connected", connection: number, principal: principal.name });
    socket.listen({
      receive: (reading) => connection.receive(reading),
      closed: (code, reason) => {
        this.#sockets.delete(socket);
        connection.closed();
        observer.hear({ type: "closed", connection: number, principal: principal.name, code, reason });
        this.#checkEmpty();
      },
    });
    if (this.#closed) socket.close(1012, "the gateway is going down");
  }

  #checkEmpty(): void {
    if (this.#sockets.size === 0) this.#onEmpty?.();
  }
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const path = pathOf(request);
  if (path === "/healthz") return end(response, 200, "ok");
  if (path === TURN_PATH) {
    response.setHeader("Upgrade", "websocket");
    return end(response, 426, "turns are WebSockets: expected an upgrade");
  }
  end(response, 404, `nothing here: turns connect at ${TURN_PATH}`);
}

function end(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" }).end(`${body}\n`);
}
