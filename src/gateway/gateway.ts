import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Executor } from "../executor/executor.ts";
import type { Subprotocol } from "../protocol/codec.ts";
import type { Limits } from "../protocol/limits.ts";
import type { Clock } from "../session/clock.ts";
import type { Principal } from "../session/principal.ts";
import { Sessions } from "../session/sessions.ts";
import { Admission } from "./admission.ts";
import type { Auth } from "./auth.ts";
import { Connection } from "./connection.ts";
import { dialects } from "./dialect.ts";
import { Drain, SPREAD_MS } from "./drain.ts";
import { FrameReaders } from "./frame-readers.ts";
import type { GatewayObserver } from "./gateway-event.ts";
import { MetricsFeed } from "./metrics-feed.ts";
import type { Metrics } from "./metrics.ts";
import type { Observatory } from "./observatory.ts";
import type { Origins } from "./origins.ts";
import { type MetricsAccess, PlainHttp } from "./plain-http.ts";
import type { ConnectionContext } from "./role.ts";
import { Rota } from "./rota.ts";
import { SessionDirectory } from "./session-directory.ts";
import { Socket } from "./socket.ts";
import type { StaticFiles } from "./static-files.ts";
import { TURN_PATH } from "./turn-path.ts";
import { Turns } from "./turns.ts";
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
  /** Hears what `observer` does. */
  readonly observatory: Observatory;
  readonly metrics: Metrics;
  readonly metricsAccess: MetricsAccess;
  readonly dashboard: StaticFiles;
  /** How many executors take cells now. */
  readonly readyExecutors: () => number;
}

const GOING_DOWN = "the gateway is going down";

/** How long a closing gateway waits for its clients to answer. */
const CLOSE_MS = 2_000;

/** How often it is looked for requests that take too long. */
const CHECK_MS = 1_000;

/** How often a gateway that drains looks whether cells still run. */
const LOOK_MS = 20;

/** How long terminated cells have to be gone: an isolate that does not stop is killed with its process in less. */
const TERMINATE_MS = 5_000;

/** How long a client may take to read what is left for it: there is nowhere to come back for it. */
const FLUSH_MS = 2_000;

/** The HTTP server: turns at `/v1/turn`, and what {@link PlainHttp} answers. */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #http: Server;
  readonly #upgrade: Upgrade;
  readonly #sessions: Sessions;
  readonly #connectionContext: ConnectionContext;
  readonly #connections = new Map<Socket, Connection>();
  readonly #drain: Drain;
  #accepted = 0;
  #onEmpty: (() => void) | undefined;
  /** Set once it is closing. */
  #closed: Promise<void> | undefined;

  constructor(options: GatewayOptions) {
    const { auth, origins, limits, clock, executor, observer, observatory, metrics, metricsAccess, dashboard } =
      options;
    this.#options = options;
    this.#drain = new Drain(clock, limits.drainMs);
    this.#sessions = new Sessions(limits, clock, executor, observer, () => this.#drain.retryAfterMs);
    const turns = new Turns(limits);
    this.#connectionContext = {
      sessions: this.#sessions,
      turns,
      limits,
      clock,
      server: options.server,
      observer,
      observatory,
      directory: new SessionDirectory(this.#sessions, turns, observatory),
      feed: new MetricsFeed(metrics, clock, this.#report),
      rota: new Rota(clock),
      readers: new FrameReaders(limits),
      drain: this.#drain,
    };
    const admission = new Admission(auth, origins);
    this.#upgrade = new Upgrade(admission, limits, observer, this.#drain);
    const unready = () => this.#unready;
    const plain = new PlainHttp({ admission, metrics, metricsAccess, dashboard, unready, report: this.#report });
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
    const spoken = dialects(limits);
    this.#http.on("upgrade", (request, socket, head) => {
      const handled = this.#upgrade.handle(request, socket, head, (webSocket, principal) => {
        const dialect = spoken[webSocket.protocol as Subprotocol];
        this.#accept(
          new Socket({ webSocket, stream: socket, dialect, limits, clock, report: this.#report }),
          principal,
        );
      });
      handled.catch((error: unknown) => {
        this.#report(error);
        socket.destroy();
      });
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

  /**
   * Lets no more turns and cells start, and gives those cells that run up to `drainMs`, as long as there are clients; then
   * terminates the others, and closes.
   */
  async drain(): Promise<void> {
    if (!this.#drain.hasBegun) {
      this.#drain.begin();
      this.#options.observer.hear({ type: "draining", deadlineMs: this.#drain.leftMs });
      for (const connection of this.#connections.values()) connection.tellDrain();
    }
    await this.#cellsEnd(() => this.#drain.leftMs);
    this.#sessions.terminateCells();
    const terminatedAt = this.#options.clock.now();
    await this.#cellsEnd(() => terminatedAt + TERMINATE_MS - this.#options.clock.now());
    await this.#closeSpread();
    await this.close();
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
    for (const socket of this.#connections.keys()) socket.close(1012, GOING_DOWN);
    this.#checkEmpty();
    const timer = setTimeout(() => this.#onEmpty?.(), CLOSE_MS);
    await emptied;
    clearTimeout(timer);
    await this.#options.executor.close();
    this.#sessions.endTurns();
    this.#http.closeAllConnections();
    this.#options.auth.close();
    this.#options.metrics.stop();
    await httpClosed;
  }

  /** Resolves when no cell runs, no client is left, it is being closed, or the time is up. */
  async #cellsEnd(leftMs: () => number): Promise<void> {
    const { clock } = this.#options;
    while (!this.#closed && this.#hasHosts && this.#sessions.haveLiveCells && leftMs() > 0) {
      await new Promise<void>((resolve) => clock.after(LOOK_MS, resolve));
    }
  }

  get #hasHosts(): boolean {
    return this.#connections.values().some((connection) => connection.isHost);
  }

  /** Closes the sockets one after the other, so that their clients do not all come to another gateway at once. */
  async #closeSpread(): Promise<void> {
    const { clock } = this.#options;
    const sockets = Array.from(this.#connections, async ([socket, connection]) => {
      await new Promise<void>((resolve) => clock.after(Math.random() * SPREAD_MS, resolve));
      await new Promise<void>((resolve) => {
        const cancel = clock.after(FLUSH_MS, resolve);
        connection.whenWritten(() => {
          cancel();
          resolve();
        });
      });
      socket.close(1012, GOING_DOWN);
    });
    await Promise.all(sockets);
  }

  get #unready(): string | undefined {
    if (this.#closed || this.#drain.hasBegun) return GOING_DOWN;
    return this.#options.readyExecutors() > 0 ? undefined : "no executor is ready";
  }

  readonly #report = (error: unknown): void => {
    this.#options.observer.hear({ type: "internal_error", error });
  };

  #accept(socket: Socket, principal: Principal): void {
    const context = this.#connectionContext;
    const { observer } = context;
    this.#accepted += 1;
    const number = this.#accepted;
    const connection = new Connection({ context, channel: socket, principal, connection: number });
    this.#connections.set(socket, connection);
    observer.hear({ type: "connected", connection: number, principal: principal.name });
    socket.listen({
      heard: () => connection.heard(),
      drained: () => connection.drained(),
      receive: (message) => connection.receive(message),
      closed: (code, reason) => {
        this.#connections.delete(socket);
        connection.closed(code, reason);
        observer.hear({ type: "closed", connection: number, principal: principal.name, code, reason });
        this.#checkEmpty();
      },
    });
    if (this.#closed) socket.close(1012, GOING_DOWN);
  }

  #checkEmpty(): void {
    if (this.#connections.size === 0) this.#onEmpty?.();
  }
}
