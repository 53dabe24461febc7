import type { Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { rawSocket } from "../support/raw-request.ts";
import { RawWebSocket, type RawWebSocketOptions } from "../support/raw-web-socket.ts";

/** Where an abuser connects. */
export interface Target {
  readonly url: string;
  readonly token: string;
}

/** One thing that a client may do to a gateway. */
export interface Abuse {
  /** What, in words. */
  readonly what: string;
  readonly sockets: number;
  /** How each of the sockets ends: `status 408`, `close 1009`, `cut`; or `open`, where it may go on. */
  readonly ends: string;
  /** MiB that the gateway's limits let the sockets fill together. Default: 0. */
  readonly holdsMiB?: number;
  /** Does it on all sockets, and tells how each ended. */
  readonly run: (target: Target, sockets: number) => Promise<readonly string[]>;
}

/** An abuse that each socket does by itself. */
export function onEach(abuse: Omit<Abuse, "run"> & { run(target: Target): Promise<string> }): Abuse {
  return { ...abuse, run: (target, sockets) => Promise.all(Array.from({ length: sockets }, () => abuse.run(target))) };
}

/** Opens a WebSocket, which is gone when `use` is done. */
export async function withWebSocket<Result>(
  options: RawWebSocketOptions,
  use: (client: RawWebSocket) => Promise<Result>,
): Promise<Result> {
  const client = await RawWebSocket.open(options);
  try {
    return await use(client);
  } finally {
    client.socket.destroy();
  }
}

/** The same for a connection that has asked for nothing. */
export async function withSocket<Result>({ url }: Target, use: (socket: Socket) => Promise<Result>): Promise<Result> {
  const socket = await rawSocket(url);
  socket.on("error", () => {});
  try {
    return await use(socket);
  } finally {
    socket.destroy();
  }
}

/** How the server ends it. */
export async function endOf(client: RawWebSocket): Promise<string> {
  const { code } = await client.ended;
  return code === 1006 ? "cut" : `close ${code}`;
}

/** `open`, if the server still answers, or how it has ended the connection. */
export async function openOrEnd(client: RawWebSocket): Promise<string> {
  return (await client.settle("still there?")) ? "open" : endOf(client);
}

/** The status with which a server ends a connection that is no WebSocket; `cut`: it says nothing. */
export async function statusOf(socket: Socket): Promise<string> {
  let answer = "";
  socket.on("data", (chunk: Buffer) => (answer += chunk.toString("latin1")));
  await new Promise<void>((resolve) => socket.once("end", resolve).once("close", () => resolve()));
  return answer === "" ? "cut" : `status ${answer.split(" ")[1]}`;
}

/** Writes the same bytes as fast as the other end takes them, for so long or until the connection is gone. */
export async function flood(socket: Socket, bytes: Uint8Array, ms: number): Promise<void> {
  const until = performance.now() + ms;
  while (performance.now() < until && socket.writable) {
    if (socket.writableNeedDrain) await delay(1);
    else socket.write(bytes);
  }
}

/** Writes byte by byte, with a pause behind each, until the bytes are written or the connection is over. */
export async function trickle(socket: Socket, bytes: Uint8Array, pauseMs: number): Promise<void> {
  for (let at = 0; at < bytes.length && socket.writable && !socket.readableEnded; at++) {
    socket.write(bytes.subarray(at, at + 1));
    // Without a pause there is a turn of the event loop between two, so that each is sent by itself.
    await (pauseMs > 0 ? delay(pauseMs) : new Promise(setImmediate));
  }
}

/** The same piece again and again, as one. */
export function repeated(piece: Buffer, times: number): Buffer {
  return Buffer.concat(Array.from({ length: times }, () => piece));
}
