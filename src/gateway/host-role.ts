import type { ClientFrame, HelloFrame } from "../protocol/client-frames.ts";
import type { CloseCode } from "../protocol/close-codes.ts";
import type { Refusal } from "../protocol/frame-check.ts";
import { announced } from "../protocol/limits.ts";
import type { ErrorFrame, WelcomeFrame } from "../protocol/server-frames.ts";
import type { Session } from "../session/session.ts";
import type { SessionRefusal } from "../session/sessions.ts";
import { ToolSet, ToolSetError } from "../tools/tool-set.ts";
import { cutMessage } from "./cut-message.ts";
import type { Message } from "./message.ts";
import type { ConnectionOptions, Line, Role } from "./role.ts";
import type { SessionLedger } from "./session-ledger.ts";
import type { Turn } from "./turn.ts";

/** A turn that is about to be connected. */
interface Opening {
  readonly session: Session;
  readonly token: string;
  readonly turn: Turn;
  readonly resumed: boolean;
  /** The number behind which its frames come. */
  readonly seq: number;
}

const refusals: Record<SessionRefusal, { code: CloseCode; reason: string }> = {
  unknown_session: { code: 4404, reason: "no such session" },
  expired_session: { code: 4410, reason: "the session has ended" },
  forbidden: { code: 4403, reason: "the session token is not that of the session" },
};

/** A client that hosts turns: from its `hello` on, it is the other end of one. */
export class HostRole implements Role {
  readonly #options: ConnectionOptions;
  readonly #line: Line;
  #turn: Turn | undefined;
  /** Of the turn's session, also when the socket is gone. */
  #ledger: SessionLedger | undefined;
  /** Frames that were sent before there was a turn. */
  #seq = 0;

  constructor(options: ConnectionOptions, line: Line) {
    this.#options = options;
    this.#line = line;
  }

  get isOpen(): boolean {
    return this.#turn !== undefined;
  }

  drained(): void {
    this.#turn?.drained(this.#options.channel);
  }

  receive(message: Message): void {
    const { context, channel, principal } = this.#options;
    this.#turn?.arrived();
    this.#ledger?.received(message.bytes.length);
    if (!principal.scopes.has("host")) return this.#line.close(4403, "expected the scope host");
    const reading = context.readers.ofHost(message);
    if ("refusal" in reading) return this.#refuse(reading.refusal);
    const { frame } = reading;
    // Ahead of what it causes.
    if (frame.type !== "hello") this.#ledger?.show("in", frame, message.bytes, channel.subprotocol);
    if (frame.type === "hello" ? this.#turn : !this.#turn) {
      const expected = this.#turn ? "hello only once, as the first frame" : "hello as the first frame";
      return this.#refuse({ code: "bad_frame", message: `expected ${expected}, got ${frame.type}`, ...idsOf(frame) });
    }
    const acknowledged = acknowledgedBy(frame);
    if (acknowledged !== undefined && !this.#acknowledge(acknowledged)) {
      const expected = `${frame.type}: expected the seq of a frame that was sent, got ${acknowledged}`;
      return this.#refuse({ code: "bad_frame", message: expected, ...idsOf(frame) });
    }
    this.#line.taken();
    if (frame.type === "hello") this.#greet(frame, message.bytes.length);
    else if (frame.type !== "ack") this.#turn?.receive(frame);
  }

  tellDrain(): void {
    const { frame } = this.#options.context.drain;
    if (frame) this.#turn?.tell(frame);
  }

  whenWritten(callback: () => void): void {
    if (this.#turn) this.#turn.whenWritten(callback);
    else callback();
  }

  closed(code: number, reason: string): void {
    if (!this.#turn) return;
    this.#ledger?.cut(this.#turn.number, code, reason);
    this.#turn.cut(this.#options.channel);
    this.#turn = undefined;
  }

  #acknowledge(seq: number): boolean {
    return this.#turn ? this.#turn.acknowledge(seq) : seq <= this.#seq;
  }

  #greet(hello: HelloFrame, sizeBytes: number): void {
    const tools = this.#toolsOf(hello);
    if (!tools) return;
    const opened = this.#openSession(hello);
    if (!opened) return;
    const { session, token } = opened;
    const { context, channel } = this.#options;
    const { sessions, turns, observer, observatory } = context;
    const ledger = observatory.ledgerOf(session.sessionId);
    ledger.received(sizeBytes);
    this.#showWithoutToken(ledger, "in", hello, sizeBytes);
    if (hello.turn !== undefined) return this.#resume(hello, session, token, hello.tools && tools);
    const turn = turns.open({
      ledger,
      session,
      tools,
      channel,
      seq: this.#seq,
      endSession: (onEnded) => sessions.end(session, onEnded),
      changed: () => sessions.hostChanged(session),
    });
    observer.hear({ type: "turn_opened", ...this.#described(hello, session) });
    this.#welcome({ session, token, turn, resumed: false, seq: turn.seq });
  }

  /** Goes on with the session's latest turn. */
  #resume(hello: HelloFrame, session: Session, token: string, tools: ToolSet | undefined): void {
    const { context, channel } = this.#options;
    const { turns, observer } = context;
    const { lastSeq = 0 } = hello;
    const turn = turns.latest(session);
    if (!turn || hello.turn !== session.turns) {
      return this.#line.close(4409, `the session's turn is ${session.turns}, not ${hello.turn}`);
    }
    if (!turn.mayHave(lastSeq)) {
      const message = `hello.lastSeq: expected the seq of a frame that was sent, got ${lastSeq}`;
      return this.#refuse({ code: "bad_frame", message });
    }
    const resumed = turn.resume(channel, lastSeq, tools);
    observer.hear({ type: "turn_resumed", ...this.#described(hello, session), gap: !resumed });
    this.#welcome({ session, token, turn, resumed, seq: resumed ? lastSeq : turn.seq });
  }

  /** The session's latest turn, for whoever observes. */
  #described({ client }: HelloFrame, { sessionId, turns: turn }: Session) {
    const { principal, connection } = this.#options;
    return {
      connection,
      sessionId,
      turn,
      principal: principal.name,
      client: client && `${client.name} ${client.version}`,
    };
  }

  #welcome({ session, token, turn, resumed, seq }: Opening): void {
    const { context, channel } = this.#options;
    const { sessions, limits, server } = context;
    this.#line.opened();
    const welcome: WelcomeFrame = {
      type: "welcome",
      sessionId: session.sessionId,
      sessionToken: token,
      turn: session.turns,
      resumed,
      seq,
      received: turn.received,
      heartbeatMs: limits.heartbeatMs,
      openCalls: session.openCalls,
      limits: announced(limits),
      cells: session.listCells(),
      server,
    };
    const message = channel.encode(welcome);
    if (!message) {
      sessions.hostChanged(session);
      return this.#line.close(1011, "a welcome frame came out larger than a frame may be");
    }
    channel.write(message);
    this.#ledger = turn.ledger;
    this.#ledger.sent(message.length);
    this.#showWithoutToken(this.#ledger, "out", welcome, message.length);
    this.#turn = turn;
    turn.connect(seq);
    this.tellDrain();
  }

  #toolsOf({ tools = [] }: HelloFrame): ToolSet | undefined {
    try {
      return new ToolSet(tools);
    } catch (error) {
      if (!(error instanceof ToolSetError)) throw error;
      const message = cutMessage(error.message, this.#options.context.limits.errorBytes);
      this.#sendError({ code: "bad_tools", message });
      return undefined;
    }
  }

  #openSession(hello: HelloFrame): { session: Session; token: string } | undefined {
    const { context, principal } = this.#options;
    const { sessions, limits } = context;
    const message = incomplete(hello);
    if (message !== undefined) {
      this.#refuse({ code: "bad_frame", message });
      return undefined;
    }
    const { sessionId, sessionToken } = hello;
    if (sessionId === undefined || sessionToken === undefined) {
      const opened = sessions.open(principal);
      if (typeof opened !== "string") return opened;
      const most = opened === "sessions" ? limits.sessions : (principal.sessions ?? limits.sessionsPerPrincipal);
      this.#line.close(1013, `the ${opened === "sessions" ? "gateway" : "principal"} has ${most} sessions (${opened})`);
      return undefined;
    }
    const session = sessions.find(sessionId, sessionToken, principal);
    if (typeof session !== "string") return { session, token: sessionToken };
    const { code, reason } = refusals[session];
    this.#line.close(code, reason);
    return undefined;
  }

  #refuse(refusal: Refusal): void {
    if (refusal.code === "unknown_frame" && refusal.id === undefined) return;
    const message = cutMessage(refusal.message, this.#options.context.limits.errorBytes);
    if (this.#turn) this.#turn.refuse({ ...refusal, message });
    else this.#sendError({ ...refusal, message });
    this.#line.refused();
  }

  /** The session token is a secret, also to observers. */
  #showWithoutToken(
    ledger: SessionLedger,
    direction: "in" | "out",
    frame: HelloFrame | WelcomeFrame,
    sizeBytes: number,
  ): void {
    const { channel } = this.#options;
    if (!ledger.isShown) return;
    const sessionToken = frame.sessionToken === undefined ? undefined : "…";
    const message = channel.encode({ ...frame, sessionToken } as HelloFrame | WelcomeFrame);
    if (message) ledger.show(direction, frame, message, channel.subprotocol, sizeBytes);
  }

  /** Before there is a turn. A later turn goes on counting from there. */
  #sendError({ id, code, message }: Pick<ErrorFrame, "id" | "code" | "message">): void {
    const { channel } = this.#options;
    this.#seq += 1;
    const encoded = channel.encode({ type: "error", id, code, message, seq: this.#seq });
    if (encoded) channel.write(encoded);
  }
}

function idsOf(frame: ClientFrame): { id?: number | undefined; callId?: string | undefined } {
  return { id: "id" in frame ? frame.id : undefined, callId: "callId" in frame ? frame.callId : undefined };
}

/** Up to where a frame acknowledges. In a `hello` that resumes, `lastSeq` does that later. */
function acknowledgedBy(frame: ClientFrame): number | undefined {
  if (frame.type === "hello" && frame.turn !== undefined) return undefined;
  return frame.type === "ack" ? frame.seq : frame.ack;
}

/** What is missing of the fields of a `hello` that come together. */
function incomplete({ sessionId, sessionToken, turn, lastSeq }: HelloFrame): string | undefined {
  if ((sessionId === undefined) !== (sessionToken === undefined)) {
    return "hello: expected sessionId and sessionToken together, got one of them";
  }
  if ((turn === undefined) !== (lastSeq === undefined)) {
    return "hello: expected turn and lastSeq together, got one of them";
  }
  if (turn !== undefined && sessionId === undefined) {
    return "hello: expected sessionId and sessionToken beside turn and lastSeq, got none";
  }
  return undefined;
}
