import { createServer, type Server } from "node:http";
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
import type { Metrics } from "./metrics.ts";
import type { Origins } from "./origins.ts";
import { type MetricsAccess, PlainHttp } from "./plain-http.ts";
import { Socket } from "./socket.ts";
import { TURN_PATH } from "./turn-path.ts";
import { Upgrade } from "./upgrade.ts";

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
  readonly metrics: Metrics;
  readonly metricsAccess: MetricsAccess;
  /** How many executors take cells now. */
  readonly readyExecutors: () => number;
}

/** How long a closing gateway waits for its clients to answer. */
const CLOSE_MS = 2_000;

/** Looks for requests that take too long. */
const CHECK_MS = 1_000;

/** The HTTP server: turns at `/v1/turn`, and what {@link PlainHttp} answers. */
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
    const { auth, origins, limits, clock, executor, observer, metrics, metricsAccess } = options;
    this.#options = options;
    this.#sessions = new Sessions(limits, clock, executor, observer);
    const admission = new Admission(auth, origins);
    this.#upgrade = new Upgrade(admission, limits, observer);
    const plain = new PlainHttp({ admission, metrics, metricsAccess, unready: () => this.#unready });
    // A request's head is there in time, or its connection is closed: an upgrade has no body.
    const times = { headersTimeout: limits.requestMs, requestTimeout: limits.requestMs };
    this.#http = createServer({ ...times, connectionsCheckingInterval: CHECK_MS }, (request, response) => {
      plain.handle(request, response).catch((error: unknown) => {
        this.#report(error);
        response.destroy();
      });
    });
    this.#http.maxConnections = limits.connections;
    this.#http.on("drop", () => observer.hear({ type: "limit_hit", limit: "connections" }));
    this.#http.on("connection", (socket) => metrics.traffic.add(socket));
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
    this.#options.metrics.stop();
    await httpClosed;
  }

  get #unready(): string | undefined {
    if (this.#closed) return "the gateway is going down";
    return this.#options.readyExecutors() > 0 ? undefined : "no executor is ready";
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
