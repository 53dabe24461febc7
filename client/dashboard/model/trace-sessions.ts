import type { Trace } from "../../trace.ts";
import { frameIn, type SeenFrame } from "./seen-frame.ts";
import { seenFrame } from "./trace-frames.ts";

/** The frames of one session of a trace. */
export class TraceSession {
  /** Empty: the trace does not tell it. */
  sessionId: string;
  /** In order. */
  readonly frames: SeenFrame[] = [];

  constructor(sessionId: string) {
    this.sessionId = sessionId;
  }
}

/**
 * The sessions of a trace, in the order in which they began: one where its header says so, and otherwise as each socket
 * says in its `hello` and is told in its `welcome`. A trace has one at least.
 */
export function traceSessions({ header, lines }: Trace): [TraceSession, ...TraceSession[]] {
  const sessions = new Sessions();
  const theOnly = header.sessionId === undefined ? undefined : sessions.begin(header.sessionId);
  for (const line of lines) {
    if (!("subprotocol" in line)) continue;
    const frame = seenFrame(line);
    const session = theOnly ?? sessions.of(line.socket ?? 1, frame);
    session.frames.push(frame);
  }
  const [first = new TraceSession(""), ...others] = sessions.all;
  return [first, ...others];
}

class Sessions {
  readonly all: TraceSession[] = [];
  readonly #bySocket = new Map<number, TraceSession>();
  readonly #byId = new Map<string, TraceSession>();

  begin(sessionId = ""): TraceSession {
    const session = new TraceSession(sessionId);
    this.all.push(session);
    return session;
  }

  /** The session that a frame on this socket is of. */
  of(socket: number, frame: SeenFrame): TraceSession {
    const said = frame.tag === "hello" || frame.tag === "welcome" ? frameIn(frame) : undefined;
    const current = this.#bySocket.get(socket);
    const session = (said?.type === "hello" ? this.#attached(said.sessionId, current) : current) ?? this.begin();
    this.#bySocket.set(socket, session);
    if (said?.type === "welcome") {
      session.sessionId = said.sessionId;
      this.#byId.set(said.sessionId, session);
    }
    return session;
  }

  /** The session of who says hello: one that is there already, or, where an earlier hello was refused, still this one. */
  #attached(sessionId: string | undefined, current: TraceSession | undefined): TraceSession | undefined {
    const known = sessionId === undefined ? undefined : this.#byId.get(sessionId);
    return known ?? (current?.sessionId === "" ? current : undefined);
  }
}
