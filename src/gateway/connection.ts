import type { ClientFrame, HelloFrame } from "../protocol/client-frames.ts";
import type { CloseCode } from "../protocol/close-codes.ts";
import type { Reading, Refusal } from "../protocol/frame-check.ts";
import { announced, type Limits } from "../protocol/limits.ts";
import type { CancelTimer, Clock } from "../session/clock.ts";
import type { Principal } from "../session/principal.ts";
import type { Session } from "../session/session.ts";
import type { SessionRefusal, Sessions } from "../session/sessions.ts";
import { ToolSet, ToolSetError } from "../tools/tool-set.ts";
import type { Channel } from "./channel.ts";
import { cutMessage } from "./cut-message.ts";
import type { Drain } from "./drain.ts";
import type { GatewayObserver } from "./gateway-event.ts";
import { Outbox } from "./outbox.ts";
import { Turn } from "./turn.ts";

/** What a {@link Connection} needs. */
export interface ConnectionOptions {
  readonly channel: Channel;
  /** Whose connection it is. */
  readonly principal: Principal;
  readonly sessions: Sessions;
  readonly limits: Limits;
  readonly clock: Clock;
  readonly server: { readonly name: string; readonly version: string };
  /** Counts the gateway's sockets. */
  readonly connection: number;
  readonly observer: GatewayObserver;
  readonly drain: Drain;
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
  #turn: Turn | undefined;
  #session: Session | undefined;
  /** Of its turn. */
  #number = 0;
  #received = 0;
  #badFrames = 0;

  constructor(options: ConnectionOptions) {
    const { channel, limits, clock } = options;
    this.#options = options;
    this.#outbox = new Outbox(channel, limits.unackedAnswers);
    this.#cancelHello = clock.after(limits.helloMs, () =>
      channel.close(4408, `expected hello within ${limits.helloMs} ms (helloMs)`),
    );
  }

  /** Takes what came in one message. */
  receive(reading: Reading<ClientFrame>): void {
    this.#received += 1;
    const { channel, principal } = this.#options;
    // Every frame there is so far is one of a host.
    if (!principal.scopes.has("host")) return channel.close(4403, "expected the scope host");
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

  /** Tells an open turn that the gateway goes down, if it does. */
  tellDrain(): void {
    const { channel, drain } = this.#options;
    if (this.#turn && drain.frame) channel.send(drain.frame);
  }

  /** The socket is gone. */
  closed(): void {
    this.#cancelHello();
    this.#turn?.closed();
    this.#turn = undefined;
    if (!this.#session) return;
    this.#options.sessions.hostChanged(this.#session);
    this.#options.observer.hear({ type: "turn_ended", sessionId: this.#session.sessionId, turn: this.#number });
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
    const { channel, principal, sessions, limits, server, connection, observer } = this.#options;
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
    this.#number = number;
    const { sessionId } = session;
    const client = hello.client && `${hello.client.name} ${hello.client.version}`;
    observer.hear({ type: "turn_opened", connection, sessionId, turn: number, principal: principal.name, client });
    const welcomed = channel.send({
      type: "welcome",
      sessionId,
      sessionToken: token,
      turn: number,
      openCalls: session.openCalls,
      limits: announced(limits),
      cells: session.listCells(),
      server,
    });
    if (!welcomed) return channel.close(1011, "a welcome frame came out larger than a frame may be");
    session.serve(turn);
    sessions.hostChanged(session);
    this.tellDrain();
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

  #openSession({ sessionId, sessionToken }: HelloFrame): { session: Session; token: string } | undefined {
    const { channel, principal, sessions, limits } = this.#options;
    if ((sessionId === undefined) !== (sessionToken === undefined)) {
      const message = "hello: expected sessionId and sessionToken together, got one of them";
      this.#refuse({ code: "bad_frame", message });
      return undefined;
    }
    if (sessionId === undefined || sessionToken === undefined) {
      const opened = sessions.open(principal);
      if (typeof opened !== "string") return opened;
      const most = opened === "sessions" ? limits.sessions : (principal.sessions ?? limits.sessionsPerPrincipal);
      channel.close(1013, `the ${opened === "sessions" ? "gateway" : "principal"} has ${most} sessions (${opened})`);
      return undefined;
    }
    const session = sessions.find(sessionId, sessionToken, principal);
    if (typeof session !== "string") return { session, token: sessionToken };
    const { code, reason } = refusals[session];
    channel.close(code, reason);
    return undefined;
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
