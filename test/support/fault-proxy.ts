import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { type Pace, type Place, type Strike, WireFlow } from "./wire-flow.ts";
import type { AnyFrame, WireMessage } from "./wire-reader.ts";

/** One end of a connection by way of the proxy. */
export type End = "client" | "gateway";

const bothEnds: readonly End[] = ["client", "gateway"];
const otherEnd = { client: "gateway", gateway: "client" } as const;

/** The message at which something is to happen. */
export interface Moment {
  /** Who sends it. */
  readonly from: End;
  /** The tag of its frame, or `upgrade`, `ws ping`, `ws pong`, `ws close`. Default: any. */
  readonly tag?: string | undefined;
  /** Whether it is such a frame. Default: it is. */
  readonly matches?: ((frame: AnyFrame) => boolean) | undefined;
  /** Which of them, counted over all connections from when the fault was set. Default: 1. */
  readonly nth?: number | undefined;
  /** Default: `after`. */
  readonly where?: Place | undefined;
}

/** What was set by {@link FaultProxy.at} and has not happened. */
interface Fault {
  readonly moment: Moment;
  left: number;
  readonly strike: (line: Line, message: WireMessage) => void;
}

/** A connection of a client to the gateway by way of the proxy, and what can happen to it. */
export class Line {
  readonly #sockets: Readonly<Record<End, Socket>>;
  readonly #flows: Readonly<Record<End, WireFlow>>;

  constructor(sockets: Readonly<Record<End, Socket>>, flows: Readonly<Record<End, WireFlow>>) {
    this.#sockets = sockets;
    this.#flows = flows;
  }

  /**
   * The connection of these ends, of both unless they are named, is gone; what was brought to them before arrives. The other
   * end is told nothing, and goes on talking to nobody.
   */
  cut(...ends: End[]): void {
    for (const socket of this.#leave(ends)) socket.destroySoon();
  }

  /** Like {@link cut}, and what is under way to these ends may be lost. */
  reset(...ends: End[]): void {
    for (const socket of this.#leave(ends)) reset(socket);
  }

  /** Nothing gets through any more of what this end says, and nobody is told. */
  swallow(from: End): void {
    this.#flows[from].swallow();
  }

  /** Says more to an end: the bytes of a message once more, for example. */
  say(to: End, bytes: Uint8Array): void {
    this.#sockets[to].write(bytes);
  }

  /** Closes the WebSocket with this code towards these ends, as whoever stands in between may, and cuts them. */
  close(code: number, reason: string, ...ends: End[]): void {
    const text = Buffer.from(reason);
    const payload = Buffer.concat([Buffer.from([code >> 8, code & 0xff]), text]);
    const heads = {
      client: [0x88, payload.length],
      // What a client sends is masked: here by zeros, which change nothing.
      gateway: [0x88, 0x80 | payload.length, 0, 0, 0, 0],
    };
    for (const end of named(ends)) this.say(end, Buffer.concat([Buffer.from(heads[end]), payload]));
    this.cut(...ends);
  }

  #leave(ends: readonly End[]): Socket[] {
    return named(ends).map((end) => {
      this.#flows[otherEnd[end]].swallow();
      this.#flows[end].close();
      return this.#sockets[end];
    });
  }
}

/** One whose end is on its way cannot be reset: Node says `EINVAL` then, and has it stay open for ever. It is closed. */
function reset(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}

const named = (ends: readonly End[]): readonly End[] => (ends.length > 0 ? ends : bothEnds);

/**
 * A TCP proxy between clients and a gateway that does to their connections what networks do. It reads along, so that
 * something can happen at a certain message.
 *
 * ```ts
 * const proxy = await FaultProxy.start(gateway.url);
 * const struck = proxy.at({ from: "gateway", tag: "result", where: "middle" }, (line) => line.cut());
 * ```
 */
export class FaultProxy {
  /** The gateway's URL by way of the proxy. */
  readonly url: string;
  /** Where new connections lead. */
  target: string;
  /** Connections that were made so far. */
  connections = 0;
  /** Refuses new connections while it is true. */
  isDown = false;
  /** How fast what each end says gets through. */
  readonly pace: Readonly<Record<End, Pace>> = {
    client: { delayMs: 0, bytesPerSecond: Infinity },
    gateway: { delayMs: 0, bytesPerSecond: Infinity },
  };
  readonly #server: Server;
  readonly #lines = new Set<Line>();
  readonly #faults = new Set<Fault>();

  /** Listens on a port of its own until the test has ended. */
  static async start(target: string): Promise<FaultProxy> {
    const proxy = await FaultProxy.open(target);
    onTestFinished(() => proxy.close());
    return proxy;
  }

  /** Listens on a port of its own until it is closed. */
  static async open(target: string): Promise<FaultProxy> {
    const server = createServer({ noDelay: true });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new FaultProxy(server, target);
  }

  constructor(server: Server, target: string) {
    this.target = target;
    this.#server = server;
    const url = new URL(target);
    url.port = String((server.address() as AddressInfo).port);
    this.url = url.href;
    server.on("connection", (socket) => this.#join(socket));
  }

  /** The connections that there are. */
  get lines(): readonly Line[] {
    return [...this.#lines];
  }

  /** Has `strike` called once, at that moment; by default nothing happens then. Resolves with the frame when it did. */
  at(moment: Moment, strike: (line: Line, message: WireMessage) => void = () => {}): Promise<AnyFrame> {
    return new Promise((resolve) => {
      this.#faults.add({
        moment,
        left: moment.nth ?? 1,
        strike: (line, message) => {
          strike(line, message);
          resolve(message.frame);
        },
      });
    });
  }

  /** Resets all connections: both ends lose what is under way. */
  reset(): void {
    for (const line of this.#lines) line.reset();
  }

  /** Resets all connections and listens no longer. */
  close(): void {
    this.reset();
    this.#server.close();
  }

  /** Like `close`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #join(client: Socket): void {
    if (this.isDown) return reset(client);
    this.connections += 1;
    const gateway = connect({ host: "127.0.0.1", port: Number(new URL(this.target).port), noDelay: true });
    const sockets = { client, gateway };
    const flowFrom = (from: End): WireFlow =>
      new WireFlow({
        source: sockets[from],
        sink: sockets[otherEnd[from]],
        pace: this.pace[from],
        isWatched: () => this.#faults.size > 0,
        strikesAt: (message) => this.#strikesAt(line, from, message),
      });
    const line = new Line(sockets, { client: flowFrom("client"), gateway: flowFrom("gateway") });
    this.#lines.add(line);
    let open = 2;
    for (const end of bothEnds) {
      sockets[end].once("close", () => {
        open -= 1;
        if (open === 0) this.#lines.delete(line);
      });
    }
  }

  #strikesAt(line: Line, from: End, message: WireMessage): Strike[] {
    const strikes: Strike[] = [];
    for (const fault of this.#faults) {
      const { tag, matches, where = "after" } = fault.moment;
      if (from !== fault.moment.from || (tag ?? message.frame.type) !== message.frame.type) continue;
      if (matches && !matches(message.frame)) continue;
      fault.left -= 1;
      if (fault.left > 0) continue;
      this.#faults.delete(fault);
      strikes.push({ where, strike: () => fault.strike(line, message) });
    }
    return strikes;
  }
}
