import { clientFrameChecks } from "../../../src/protocol/client-frame-checks.ts";
import { CodecError } from "../../../src/protocol/codec-error.ts";
import { createCodec, type Subprotocol } from "../../../src/protocol/codec.ts";
import { readFrame } from "../../../src/protocol/frame-check.ts";
import { defaultLimits } from "../../../src/protocol/limits.ts";
import { serverFrameChecks } from "../../../src/protocol/server-frame-checks.ts";
import { type Trace, TraceError, type TraceFrame, type TraceLine } from "../../trace.ts";
import type { RecordedSession } from "./recorded-session.ts";
import { SessionReader } from "./session-reader.ts";

/** A gateway may have larger limits than the default ones. */
const limits = { ...defaultLimits, frameBytes: 2 ** 30, frameNodes: 2 ** 24, nameChars: 2 ** 16 };
const checks = { in: clientFrameChecks(limits), out: serverFrameChecks(limits.valueDepth) };

/** The sessions of a trace, in the order in which they began. Throws a {@link TraceError} for what is no frame. */
export function recordedSessions(trace: Trace): RecordedSession[] {
  const sessions = new TraceSessions(trace.header.sessionId);
  for (const [index, line] of trace.lines.entries()) sessions.take(line, index + 2);
  return sessions.all.map(({ session }) => session).filter(({ actions }) => actions.length > 0);
}

class TraceSessions {
  readonly all: SessionReader[] = [];
  readonly #bySocket = new Map<number, SessionReader>();
  readonly #byId = new Map<string, SessionReader>();
  readonly #theOnlyId: string | undefined;

  /** `theOnlyId`: all frames are of this session. */
  constructor(theOnlyId: string | undefined) {
    this.#theOnlyId = theOnlyId;
  }

  take(line: TraceLine, number: number): void {
    const { socket = 1, atMs, direction } = line;
    if ("closeCode" in line) {
      return this.#bySocket.get(socket)?.closed(direction === "in" && line.closeCode === 1000, atMs);
    }
    if (!line.bytes) {
      if (direction === "out") this.#readerOf(socket).leftOut();
      return;
    }
    const value = decoded(line, line.bytes, number);
    if (direction === "in") {
      const frame = checked(readFrame(value, checks.in), number);
      if (frame?.type === "hello") this.#begin(socket, frame.sessionId);
      if (frame) this.#readerOf(socket).sent(frame, atMs);
      return;
    }
    const frame = checked(readFrame(value, checks.out), number);
    if (frame?.type === "welcome") this.#byId.set(frame.sessionId, this.#readerOf(socket));
    if (frame) this.#readerOf(socket).received(frame, atMs);
  }

  /** A socket says which session it is for, if that is there already. */
  #begin(socket: number, sessionId: string | undefined): void {
    const known = sessionId === undefined ? undefined : this.#byId.get(sessionId);
    if (known) this.#bySocket.set(socket, known);
    else if (this.#theOnlyId === undefined) this.#bySocket.delete(socket);
  }

  #readerOf(socket: number): SessionReader {
    const known = this.#bySocket.get(socket) ?? (this.#theOnlyId === undefined ? undefined : this.all[0]);
    const reader = known ?? new SessionReader(`session ${this.all.length + 1}`);
    if (!known) this.all.push(reader);
    this.#bySocket.set(socket, reader);
    return reader;
  }
}

const codecs = new Map<Subprotocol, ReturnType<typeof createCodec>>();

function decoded({ subprotocol }: TraceFrame, bytes: Uint8Array, number: number): unknown {
  const codec = codecs.get(subprotocol) ?? createCodec(subprotocol, limits);
  codecs.set(subprotocol, codec);
  try {
    return codec.decode(subprotocol === "cellgate.v1.json" ? new TextDecoder().decode(bytes) : bytes);
  } catch (error) {
    if (error instanceof CodecError) throw new TraceError(`line ${number}: bytes: ${error.message}`, { cause: error });
    throw error;
  }
}

/** Undefined for a frame with an unknown tag, which a newer gateway or client may have. */
function checked<Frame>(reading: ReturnType<typeof readFrame> | { frame: Frame }, number: number): Frame | undefined {
  if ("frame" in reading) return reading.frame as Frame;
  if (reading.refusal.code === "unknown_frame") return undefined;
  throw new TraceError(`line ${number}: ${reading.refusal.message}`);
}
