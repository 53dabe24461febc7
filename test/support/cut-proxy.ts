import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** The two sockets of a connection by way of the proxy. */
interface Pair {
  readonly client: Socket;
  readonly gateway: Socket;
}

/** A TCP proxy between a client and a gateway that does to connections what networks do. */
export class CutProxy {
  /** The gateway's URL by way of the proxy. */
  readonly url: string;
  /** Where new connections lead. */
  target: string;
  /** Connections that were made so far. */
  connections = 0;
  /** Refuses new connections while it is true. */
  isDown = false;
  /** Cuts each connection when it has brought the client so many bytes from the gateway. Default: never. */
  cutAfterBytes = Infinity;
  /** Does what {@link cutClients} does when the client's next bytes have gone to the gateway. */
  cutsClientsSoon = false;
  readonly #pairs = new Set<Pair>();
  /** What gateways said to clients that were cut. */
  #swallowed = "";
  #onSwallowed = () => {};

  /** Listens on a port of its own until the test has ended. */
  static async start(target: string): Promise<CutProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const proxy = new CutProxy(server, target);
    onTestFinished(() => {
      proxy.cut();
      server.close();
    });
    return proxy;
  }

  constructor(server: Server, target: string) {
    this.target = target;
    const url = new URL(target);
    url.port = String((server.address() as AddressInfo).port);
    this.url = url.href;
    server.on("connection", (socket) => this.#join(socket));
  }

  /** Resets all connections: both ends lose what is under way. */
  cut(): void {
    for (const { client, gateway } of this.#pairs) {
      client.resetAndDestroy();
      gateway.resetAndDestroy();
    }
  }

  /** Resets the clients' ends alone. The gateway is told nothing, and goes on talking to nobody. */
  cutClients(): void {
    for (const { client, gateway } of this.#pairs) {
      client.removeAllListeners("close").resetAndDestroy();
      gateway.removeAllListeners("data").on("data", (chunk: Buffer) => {
        this.#swallowed += chunk.toString("latin1");
        this.#onSwallowed();
      });
    }
  }

  /** Resolves when a gateway has said this to a client that was cut. */
  swallowed(text: string): Promise<void> {
    return new Promise((resolve) => {
      this.#onSwallowed = () => {
        if (this.#swallowed.includes(text)) resolve();
      };
      this.#onSwallowed();
    });
  }

  #join(client: Socket): void {
    if (this.isDown) return void client.resetAndDestroy();
    this.connections += 1;
    const gateway = connect({ host: "127.0.0.1", port: Number(new URL(this.target).port) });
    const pair: Pair = { client, gateway };
    this.#pairs.add(pair);
    let brought = 0;
    client.on("data", (chunk) => {
      gateway.write(chunk);
      if (!this.cutsClientsSoon) return;
      this.cutsClientsSoon = false;
      this.cutClients();
    });
    gateway.on("data", (chunk: Buffer) => {
      const part = chunk.subarray(0, Math.max(0, this.cutAfterBytes - brought));
      brought += part.length;
      client.write(part);
      if (brought < this.cutAfterBytes) return;
      // Not a reset for the client, which would lose what is under way to it: nobody might ever get on.
      gateway.removeAllListeners("close").resetAndDestroy();
      client.end();
    });
    for (const [socket, other] of [
      [client, gateway],
      [gateway, client],
    ] as const) {
      // What is written behind a cut fails.
      socket.on("error", () => {});
      socket.on("end", () => other.end());
      socket.on("close", () => {
        other.destroy();
        this.#pairs.delete(pair);
      });
    }
  }
}
