import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Executor } from "../executor/executor.ts";
import type { Limits } from "../protocol/limits.ts";
import type { Clock } from "../session/clock.ts";
import { Sessions } from "../session/sessions.ts";
import { Auth } from "./auth.ts";
import { Connection } from "./connection.ts";
import { Socket } from "./socket.ts";
import { Turns } from "./turns.ts";
import { pathOf, TURN_PATH, Upgrade } from "./upgrade.ts";

/** What a {@link Gateway} needs. */
export interface GatewayOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly token: string;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly executor: Executor;
  readonly server: { readonly name: string; readonly version: string };
  /** Hears of turns, dropped outcomes and what should never happen, one line each. */
  readonly log: (line: string) => void;
}

/** How long a closing gateway waits for its clients to answer. */
const CLOSE_MS = 2_000;

/** The HTTP server: turns at `/v1/turn`, and `/healthz`. */
export class Gateway {
  readonly #options: GatewayOptions;
  readonly #http: Server;
  readonly #upgrade: Upgrade;
  readonly #sessions: Sessions;
  readonly #turns: Turns;
  readonly #sockets = new Set<Socket>();
  #onEmpty: (() => void) | undefined;
  /** Set once it is closing. */
  #closed: Promise<void> | undefined;

  constructor(options: GatewayOptions) {
    const { token, limits, clock, executor } = options;
    this.#options = options;
    this.#sessions = new Sessions(limits, clock, executor, (line) => options.log(line));
    this.#turns = new Turns(limits);
    this.#upgrade = new Upgrade(new Auth(token), limits);
    this.#http = createServer(answer);
    this.#http.on("upgrade", (request, socket, head) =>
      this.#upgrade.handle(request, socket, head, (webSocket) =>
        this.#accept(new Socket({ webSocket, stream: socket, limits, clock, report: this.#report })),
      ),
    );
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
    await httpClosed;
  }

  readonly #report = (error: unknown): void => {
    this.#options.log(`internal error: ${error instanceof Error ? error.stack : String(error)}`);
  };

  #accept(socket: Socket): void {
    const { limits, clock, server, log } = this.#options;
    const connection = new Connection({
      channel: socket,
      sessions: this.#sessions,
      turns: this.#turns,
      limits,
      clock,
      server,
      log,
    });
    this.#sockets.add(socket);
    socket.listen({
      heard: () => connection.heard(),
      drained: () => connection.drained(),
      receive: (reading) => connection.receive(reading),
      closed: () => {
        this.#sockets.delete(socket);
        connection.closed();
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
