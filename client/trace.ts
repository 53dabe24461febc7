import type { Subprotocol } from "../src/protocol/codec.ts";

/** The first line of a trace: what it is, and where it comes from. `docs/trace.md` describes the file. */
export interface TraceHeader {
  readonly type: "cellgate.trace";
  readonly version: 1;
  /** Who recorded it, for people. */
  readonly recordedBy?: string | undefined;
  /** The session, where all frames are of one. */
  readonly sessionId?: string | undefined;
}

/** What every line but the first says. */
interface TraceLineBase {
  /** Unix time in milliseconds, by one clock for the whole file; it may have a fraction, and never goes back. */
  readonly atMs: number;
  /** As the gateway sees it: `in` comes from the client, `out` goes to it. */
  readonly direction: "in" | "out";
  /** Counts the sockets of the trace, from 1. Absent: 1. */
  readonly socket?: number | undefined;
}

/** A frame, as a message on a socket. */
export interface TraceFrame extends TraceLineBase {
  readonly subprotocol: Subprotocol;
  /** The message: msgpack, or JSON text in UTF-8. Absent: whoever recorded it left it out. */
  readonly bytes?: Uint8Array | undefined;
  /** How long the message is, where `bytes` are left out. */
  readonly sizeBytes?: number | undefined;
}

/** A socket that ended. `direction` is whose end came first: `in` where the client closed or was lost. */
export interface TraceClose extends TraceLineBase {
  /** 1006 where it was lost without a close. */
  readonly closeCode: number;
  readonly reason?: string | undefined;
}

/** One line of a trace, after the first. */
export type TraceLine = TraceFrame | TraceClose;

/** What was recorded on sockets, in the order in which it happened. */
export interface Trace {
  readonly header: TraceHeader;
  readonly lines: readonly TraceLine[];
}

/** A text is no trace. The message names the line, what was expected there and what came. */
export class TraceError extends Error {
  override readonly name = "TraceError";
}

/** The header as a line of a file, with its line feed. */
export function traceHeaderText(header: Omit<TraceHeader, "type" | "version">): string {
  const whole: TraceHeader = { type: "cellgate.trace", version: 1, ...header };
  return `${JSON.stringify(whole)}\n`;
}

/** A line as it stands in a file, with its line feed. */
export function traceLineText(line: TraceLine): string {
  if (!("subprotocol" in line) || line.bytes === undefined) return `${JSON.stringify(line)}\n`;
  return `${JSON.stringify({ ...line, bytes: toBase64(line.bytes) })}\n`;
}

/** Reads a trace. A last line that was cut off is left out; anything else that is wrong throws a {@link TraceError}. */
export function parseTrace(text: string): Trace {
  const [first = "", ...rest] = text.split("\n");
  const header = headerOf(jsonOf(first, 1));
  // Behind the last line feed there is nothing, or what was being written when the recording ended.
  rest.pop();
  return { header, lines: rest.map((line, index) => lineOf(jsonOf(line, index + 2), index + 2)) };
}

type Fields = { readonly [name: string]: unknown };

function jsonOf(text: string, number: number): Fields {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new TraceError(`line ${number}: expected JSON, got ${excerpt(text)}`, { cause });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Fields;
  throw new TraceError(`line ${number}: expected an object, got ${excerpt(text)}`);
}

function headerOf({ type, version, recordedBy, sessionId }: Fields): TraceHeader {
  if (type !== "cellgate.trace") throw wrong(1, "type", "cellgate.trace", type);
  if (version !== 1) throw wrong(1, "version", "1, the only one that is known here", version);
  return { type, version, ...texts(1, { recordedBy, sessionId }) };
}

function lineOf(fields: Fields, number: number): TraceLine {
  const { atMs, direction, socket = 1, closeCode } = fields;
  if (typeof atMs !== "number") throw wrong(number, "atMs", "a number", atMs);
  if (direction !== "in" && direction !== "out") throw wrong(number, "direction", "in or out", direction);
  if (!isCount(socket) || socket === 0) throw wrong(number, "socket", "a whole number from 1", socket);
  const base = { atMs, direction, socket } as const;
  if (closeCode === undefined) return { ...base, ...frameOf(fields, number) };
  if (!isCount(closeCode)) throw wrong(number, "closeCode", "a whole number", closeCode);
  return { ...base, closeCode, ...texts(number, { reason: fields["reason"] }) };
}

function frameOf({ subprotocol, bytes, sizeBytes }: Fields, number: number): Omit<TraceFrame, keyof TraceLineBase> {
  if (subprotocol !== "cellgate.v1.msgpack" && subprotocol !== "cellgate.v1.json") {
    throw wrong(number, "subprotocol", "cellgate.v1.msgpack or cellgate.v1.json", subprotocol);
  }
  if (sizeBytes !== undefined && !isCount(sizeBytes)) throw wrong(number, "sizeBytes", "a whole number", sizeBytes);
  const size = sizeBytes === undefined ? {} : { sizeBytes };
  if (bytes === undefined) return { subprotocol, ...size };
  const message = typeof bytes === "string" ? fromBase64(bytes) : undefined;
  if (!message) throw wrong(number, "bytes", "base64", bytes);
  return { subprotocol, bytes: message, ...size };
}

/** Those of the fields that are there, all of them texts. */
function texts<Name extends string>(number: number, fields: Record<Name, unknown>): { [K in Name]?: string } {
  const given: { [K in Name]?: string } = {};
  for (const [name, value] of Object.entries(fields) as [Name, unknown][]) {
    if (value === undefined) continue;
    if (typeof value !== "string") throw wrong(number, name, "text", value);
    given[name] = value;
  }
  return given;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function wrong(number: number, field: string, expected: string, got: unknown): TraceError {
  return new TraceError(
    `line ${number}: ${field}: expected ${expected}, got ${excerpt(JSON.stringify(got) ?? "nothing")}`,
  );
}

const excerpt = (text: string): string => (text.length > 60 ? `${text.slice(0, 60)}…` : text);

/** So many characters at once are few enough to be the arguments of a call. */
const CHUNK = 8_192;

function toBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += CHUNK) binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(binary);
}

function fromBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
