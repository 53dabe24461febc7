import { nameOf } from "../protocol/check.ts";
import type { ClientFrame, HelloFrame } from "../protocol/client-frames.ts";
import type { CloseCode } from "../protocol/close-codes.ts";
import type { Reading, Refusal } from "../protocol/frame-check.ts";
import { announced, type Limits } from "../protocol/limits.ts";
import type { CancelTimer, Clock } from "../session/clock.ts";
import type { Session } from "../session/session.ts";
import type { SessionRefusal, Sessions } from "../session/sessions.ts";
import { ToolSet, ToolSetError } from "../tools/tool-set.ts";
import type { Channel } from "./channel.ts";
import { cutMessage } from "./cut-message.ts";
import { Heartbeat } from "./heartbeat.ts";
import { Outbox } from "./outbox.ts";
import { Turn } from "./turn.ts";

/** What a {@link Connection} needs. */
export interface ConnectionOptions {
  readonly channel: Channel;
  readonly sessions: Sessions;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly server: { readonly name: string; readonly version: string };
  /** Hears of each turn that opens, one line each. */
  readonly log: (line: string) => void;
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
  readonly #outbox: Outbox;
  readonly #cancelHello: CancelTimer;
  readonly #heartbeat: Heartbeat;
  #turn: Turn | undefined;
  #session: Session | undefined;
  /** The client's messages behind the `hello` that was accepted. */
  #received = 0;
  #badFrames = 0;

  constructor(options: ConnectionOptions) {
    const { channel, limits, clock } = options;
    this.#options = options;
    this.#outbox = new Outbox(channel, limits.unackedAnswers);
    this.#cancelHello = clock.after(limits.helloMs, () =>
      channel.close(4408, `expected hello within ${limits.helloMs} ms (helloMs)`),
    );
    const { heartbeatMs, pongMs } = limits;
    this.#heartbeat = new Heartbeat({
      clock,
      intervalMs: heartbeatMs,
      pongMs,
      ping: () => channel.ping(),
      lost: () => channel.close(4440, `nothing came for ${heartbeatMs + pongMs} ms (heartbeatMs, pongMs)`),
    });
  }

  /** A sign of life came from the client. */
  heard(): void {
    this.#heartbeat.heard();
  }

  /** Takes what came in one message. */
  receive(reading: Reading<ClientFrame>): void {
    if (this.#turn) this.#received += 1;
    if ("refusal" in reading) return this.#refuse(reading.refusal);
    const { frame } = reading;
    const acknowledged = frame.type === "ack" ? frame.seq : frame.ack;
    if (acknowledged !== undefined && !this.#outbox.acknowledge(acknowledged)) {
      const message = `${frame.type}: expected the seq of a frame that was sent, got ${acknowledged}`;
      return this.#refuse({ code: "bad_frame", message, ...idsOf(frame) });
    }
    if (frame.type === "hello" ? this.#turn : !this.#turn) {
      const expected = this.#turn ? "hello only once, as the first frame" : "hello as the first frame";
      return this.#refuse({ code: "bad_frame", message: `expected ${expected}, got ${frame.type}`, ...idsOf(frame) });
    }
    this.#badFrames = 0;
    this.#dispatch(frame);
  }

  /** The socket is gone. */
  closed(): void {
    this.#cancelHello();
    this.#heartbeat.stop();
    this.#turn?.closed();
    this.#turn = undefined;
    if (this.#session) this.#options.sessions.hostChanged(this.#session);
  }

  #dispatch(frame: ClientFrame): void {
    switch (frame.type) {
      case "hello":
        return this.#greet(frame);
      case "ack":
        return;
      case "ping":
        this.#options.channel.send({ type: "pong", received: this.#received });
        return;
      default:
        return this.#turn?.receive(frame);
    }
  }

  #greet(hello: HelloFrame): void {
    const { channel, sessions, limits, server } = this.#options;
    const tools = this.#toolsOf(hello);
    if (!tools) return;
    const opened = this.#openSession(hello);
    if (!opened) return;
    this.#cancelHello();
    const { session, token } = opened;
    const endSession = (onEnded: () => void) => sessions.end(session, onEnded);
    const turn = new Turn({ session, tools, channel, outbox: this.#outbox, limits, endSession });
    const number = session.openTurn();
    this.#turn = turn;
    this.#session = session;
    const welcomed = channel.send({
      type: "welcome",
      sessionId: session.sessionId,
      sessionToken: token,
      turn: number,
      resumed: false,
      seq: this.#outbox.seq,
      received: this.#received,
      heartbeatMs: limits.heartbeatMs,
      openCalls: session.openCalls,
      limits: announced(limits),
      cells: session.listCells(),
      server,
    });
    if (!welcomed) return channel.close(1011, "a welcome frame came out larger than a frame may be");
    session.serve(turn);
    sessions.hostChanged(session);
    const client = hello.client ? ` by ${nameOf(hello.client.name)} ${nameOf(hello.client.version)}` : "";
    this.#options.log(`turn ${number} of session ${session.sessionId} was opened${client}`);
  }

  #toolsOf({ tools = [] }: HelloFrame): ToolSet | undefined {
    try {
      return new ToolSet(tools);
    } catch (error) {
      if (!(error instanceof ToolSetError)) throw error;
      const message = cutMessage(error.message, this.#options.limits.errorBytes);
      this.#outbox.send({ type: "error", code: "bad_tools", message });
      return undefined;
    }
  }

  #openSession(hello: HelloFrame): { session: Session; token: string } | undefined {
    const { channel, sessions, limits } = this.#options;
    const message = incomplete(hello);
    if (message !== undefined) {
      this.#refuse({ code: "bad_frame", message });
      return undefined;
    }
    const { sessionId, sessionToken, turn } = hello;
    if (sessionId === undefined || sessionToken === undefined) {
      const opened = sessions.open();
      if (!opened) channel.close(1013, `the gateway has ${limits.sessions} sessions (sessions)`);
      return opened;
    }
    const session = sessions.find(sessionId, sessionToken);
    if (typeof session === "string") {
      const { code, reason } = refusals[session];
      channel.close(code, reason);
      return undefined;
    }
    if (turn !== undefined && turn !== session.turns) {
      channel.close(4409, `the session's turn is ${session.turns}, not ${turn}`);
      return undefined;
    }
    return { session, token: sessionToken };
  }

  #refuse({ code, message: whole, id, callId }: Refusal): void {
    if (code === "unknown_frame" && id === undefined) return;
    const message = cutMessage(whole, this.#options.limits.errorBytes);
    if (callId !== undefined && code === "bad_frame") this.#turn?.badAnswer(callId, message);
    // Under the id of a request that is pending it would settle that one.
    this.#outbox.send({ type: "error", id: this.#turn?.isPending(id) ? undefined : id, code, message });
    this.#badFrames += 1;
    const { badFrames } = this.#options.limits;
    if (this.#badFrames >= badFrames) {
      this.#options.channel.close(4400, `${badFrames} bad frames in a row (badFrames)`);
    }
  }
}

function idsOf(frame: ClientFrame): { id?: number | undefined; callId?: string | undefined } {
  return { id: "id" in frame ? frame.id : undefined, callId: "callId" in frame ? frame.callId : undefined };
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
