import { connect, type Socket } from "node:net";

/** What a server answered to a request that was written byte by byte. */
export interface RawResponse {
  /** 0: the server said nothing and closed. */
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** A TCP connection to where the URL points. The test ends it. */
export function rawSocket(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true }, () => resolve(socket));
    socket.once("error", reject);
  });
}

/** The head of a request, with the header lines of a WebSocket upgrade before `headers`; `undefined` leaves one out. */
export function upgradeHead(
  target: string,
  headers: Readonly<Record<string, string | undefined>> = {},
  method = "GET",
): string {
  const all = {
    Host: "localhost",
    Connection: "Upgrade",
    Upgrade: "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => (value === undefined ? "" : `${name}: ${value}\r\n`));
  return `${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`;
}

/** Sends `head` as it stands and reads until the server closes, or has answered 101. */
export async function rawRequest(url: string, head: string): Promise<RawResponse> {
  const socket = await rawSocket(url);
  socket.write(head);
  const text = await new Promise<string>((resolve) => {
    let received = "";
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1");
      if (received.startsWith("HTTP/1.1 101") && received.includes("\r\n\r\n")) resolve(received);
    });
    socket.once("end", () => resolve(received)).once("close", () => resolve(received));
  });
  socket.destroy();
  const end = text.indexOf("\r\n\r\n");
  const [statusLine = "", ...lines] = text.slice(0, end).split("\r\n");
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { status: Number(statusLine.split(" ")[1] ?? 0), headers: new Map(headers), body: text.slice(end + 4) };
}
