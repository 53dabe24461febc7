import { opcodes } from "../support/raw-frame.ts";
import { type RawEnd, RawWebSocket, type RawWebSocketOptions, type ReceivedFrame } from "../support/raw-web-socket.ts";
import { answered, closed, cut, pong, type Row, said } from "./row.ts";

/** How the bytes of a row are cut into writes. */
export type Writing = "at once" | "byte by byte";

const FENCE = "the end of the row";

/** Sends what a row says, and gives what came of it. */
export async function exchange(gateway: RawWebSocketOptions, row: Row, writing: Writing): Promise<string[]> {
  const client = await RawWebSocket.open({ ...gateway, answersClose: row.answersClose });
  try {
    await client.hello();
    const greeting = client.frames.length;
    await write(client, row, writing);
    // Where the connection lives on, this is the last that is answered.
    const end = (await client.settle(FENCE)) ? undefined : await client.ended;
    return tokens(client.frames.slice(greeting), end);
  } finally {
    client.socket.destroy();
  }
}

async function write(client: RawWebSocket, { bytes }: Row, writing: Writing): Promise<void> {
  const all = Buffer.concat(bytes.filter((part) => part !== "FIN"));
  const pieces = writing === "at once" ? [all] : Array.from(all, (byte) => Buffer.from([byte]));
  for (const piece of pieces) await client.send(piece);
  if (bytes.includes("FIN")) client.socket.end();
}

function tokens(frames: readonly ReceivedFrame[], end: RawEnd | undefined): string[] {
  const came = whole(frames).flatMap(tokensOf);
  if (!end) return came;
  return [...came, end.code === 1006 ? cut : closed(end.code, end.reason)];
}

/** The frames, with those of a message made one, which counts as come when its last one has. */
function whole(frames: readonly ReceivedFrame[]): ReceivedFrame[] {
  let parts: ReceivedFrame[] = [];
  return frames.flatMap((frame) => {
    if (frame.opcode >= opcodes.close) return frame;
    parts.push(frame);
    if (!frame.fin) return [];
    const [first = frame, ...others] = parts;
    parts = [];
    if (others.some(({ opcode }) => opcode !== opcodes.continuation)) throw new Error("expected continuations");
    return { ...frame, opcode: first.opcode, payload: Buffer.concat([first, ...others].map(({ payload }) => payload)) };
  });
}

/** A frame as a row expects it. What a server must never send is told as well. */
function tokensOf({ opcode, fin, rsv, isMasked, payload }: ReceivedFrame): string[] {
  if (!fin || rsv !== 0 || isMasked) return [`opcode ${opcode}, fin ${fin}, reserved bits ${rsv}, masked ${isMasked}`];
  if (opcode === opcodes.close) return [];
  if (opcode === opcodes.pong) return payload.toString() === FENCE ? [] : [pong(payload)];
  if (opcode !== opcodes.text) return [`opcode ${opcode}`];
  const frame = JSON.parse(payload.toString()) as { type: string; code?: string; values?: { said: string } };
  if (frame.type === "pong") return [answered];
  if (frame.type === "stored_values") return [said(frame.values?.said ?? "")];
  if (frame.type === "ok") return [];
  return [frame.code ?? frame.type];
}
