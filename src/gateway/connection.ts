import type { ClientFrame, HelloFrame } from "../protocol/client-frames.ts";
import type { CloseCode } from "../protocol/close-codes.ts";
import type { Reading, Refusal } from "../protocol/frame-check.ts";
import { announced, type Limits } from "../protocol/limits.ts";
import type { ErrorFrame } from "../protocol/server-frames.ts";
import type { CancelTimer, Clock } from "../session/clock.ts";
import type { Principal } from "../session/principal.ts";
import type { Session } from "../session/session.ts";
import type { SessionRefusal, Sessions } from "../session/sessions.ts";
import { ToolSet, ToolSetError } from "../tools/tool-set.ts";
import type { Channel } from "./channel.ts";
import { cutMessage } from "./cut-message.ts";
import type { Drain } from "./drain.ts";
import type { GatewayObserver } from "./gateway-event.ts";
import { Heartbeat } from "./heartbeat.ts";
import type { Turn } from "./turn.ts";
import type { Turns } from "./turns.ts";

/** What a {@link Connection} needs. */
export interface ConnectionOptions {
  readonly channel: Channel;
  /** Whose connection it is. */
  readonly principal: Principal;
  readonly sessions: Sessions;
  readonly turns: Turns;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly server: { readonly name: string; readonly version: string };
  /** Counts the gateway's sockets. */
  readonly connection: number;
  readonly observer: GatewayObserver;
  readonly drain: Drain;
}

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

/**
 * One accepted socket, from its first frame to its end.
 *
 * ```
 * greeting ──hello──▶ open ──▶ closed
 *     └──no hello in time─────────▲
 * ```
 */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #cancelHello: CancelTimer;
  readonly #heartbeat: Heartbeat;
  #turn: Turn | undefined;
  /** Frames that were sent before there was a turn. */
  #seq = 0;
  #badFrames = 0;

  constructor(options: ConnectionOptions) {
    const { channel, limits, clock } = options;
    this.#options = options;
    this.#cancelHello = clock.after(limits.helloMs, () =>
      this.#close(4408, `expected hello within ${limits.helloMs} ms (helloMs)`),
    );
    const { heartbeatMs, pongMs } = limits;
    this.#heartbeat = new Heartbeat({
      clock,
      intervalMs: heartbeatMs,
      pongMs,
      ping: () => channel.ping(),
      lost: () => this.#close(4440, `nothing came for ${heartbeatMs + pongMs} ms (heartbeatMs, pongMs)`),
    });
  }

  /** A sign of life came from the client. */
  heard(): void {
    this.#heartbeat.heard();
  }

  /** The socket takes more again. */
  drained(): void {
    this.#turn?.drained(this.#options.channel);
  }

  /** Takes what came in one message. */
  receive(reading: Reading<ClientFrame>): void {
    this.#turn?.arrived();
    // Every frame there is so far is one of a host.
    if (!this.#options.principal.scopes.has("host")) return this.#close(4403, "expected the scope host");
    if ("refusal" in reading) return this.#refuse(reading.refusal);
    const { frame } = reading;
    const acknowledged = acknowledgedBy(frame);
    if (acknowledged !== undefined && !this.#acknowledge(acknowledged)) {
      const message = `${frame.type}: expected the seq of a frame that was sent, got ${acknowledged}`;
      return this.#refuse({ code: "bad_frame", message, ...idsOf(frame) });
    }
    if (frame.type === "hello" ? this.#turn : !this.#turn) {
      const expected = this.#turn ? "hello only once, as the first frame" : "hello as the first frame";
      return this.#refuse({ code: "bad_frame", message: `expected ${expected}, got ${frame.type}`, ...idsOf(frame) });
    }
    this.#badFrames = 0;
    if (frame.type === "hello") this.#greet(frame);
    else if (frame.type !== "ack") this.#turn?.receive(frame);
  }

  /** Tells an open turn that the gateway goes down, if it does. */
  tellDrain(): void {
    const { channel, drain } = this.#options;
    const message = this.#turn && drain.frame && channel.encode(drain.frame);
    if (message) channel.write(message);
  }

  /** Calls back when the client has been given all that there is for it so far; not if its socket is gone before. */
  whenWritten(callback: () => void): void {
    if (this.#turn) this.#turn.whenWritten(callback);
    else callback();
  }

  /** The socket is gone, or will be. */
  closed(): void {
    this.#cancelHello();
    this.#heartbeat.stop();
    this.#turn?.cut(this.#options.channel);
    this.#turn = undefined;
  }

  #close(code: CloseCode, reason: string): void {
    this.#options.channel.close(code, reason);
    this.closed();
  }

  #acknowledge(seq: number): boolean {
    return this.#turn ? this.#turn.acknowledge(seq) : seq <= this.#seq;
  }

  #greet(hello: HelloFrame): void {
    const tools = this.#toolsOf(hello);
    if (!tools) return;
    const opened = this.#openSession(hello);
    if (!opened) return;
    const { session, token } = opened;
    if (hello.turn !== undefined) return this.#resume(hello, session, token, hello.tools && tools);
    const { channel, sessions, turns, observer } = this.#options;
    const turn = turns.open({
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
    const { channel, turns, observer } = this.#options;
    const { lastSeq = 0 } = hello;
    const turn = turns.latest(session);
    if (!turn || hello.turn !== session.turns) {
      return this.#close(4409, `the session's turn is ${session.turns}, not ${hello.turn}`);
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
    const { channel, sessions, limits, server } = this.#options;
    this.#cancelHello();
    const message = channel.encode({
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
    });
    if (!message) {
      sessions.hostChanged(session);
      return this.#close(1011, "a welcome frame came out larger than a frame may be");
    }
    channel.write(message);
    this.#turn = turn;
    turn.connect(seq);
    this.tellDrain();
  }

  #toolsOf({ tools = [] }: HelloFrame): ToolSet | undefined {
    try {
      return new ToolSet(tools);
    } catch (error) {
      if (!(error instanceof ToolSetError)) throw error;
      const message = cutMessage(error.message, this.#options.limits.errorBytes);
      this.#sendError({ code: "bad_tools", message });
      return undefined;
    }
  }

  #openSession(hello: HelloFrame): { session: Session; token: string } | undefined {
    const { principal, sessions, limits } = this.#options;
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
      this.#close(1013, `the ${opened === "sessions" ? "gateway" : "principal"} has ${most} sessions (${opened})`);
      return undefined;
    }
    const session = sessions.find(sessionId, sessionToken, principal);
    if (typeof session !== "string") return { session, token: sessionToken };
    const { code, reason } = refusals[session];
    this.#close(code, reason);
    return undefined;
  }

  #refuse(refusal: Refusal): void {
    if (refusal.code === "unknown_frame" && refusal.id === undefined) return;
    const message = cutMessage(refusal.message, this.#options.limits.errorBytes);
    if (this.#turn) this.#turn.refuse({ ...refusal, message });
    else this.#sendError({ ...refusal, message });
    this.#badFrames += 1;
    const { badFrames } = this.#options.limits;
    if (this.#badFrames >= badFrames) this.#close(4400, `${badFrames} bad frames in a row (badFrames)`);
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
