import { Connection } from "../../src/gateway/connection.ts";
import { Drain } from "../../src/gateway/drain.ts";
import { clientFrameChecks } from "../../src/protocol/client-frame-checks.ts";
import { Turns } from "../../src/gateway/turns.ts";
import type { HelloFrame } from "../../src/protocol/client-frames.ts";
import { readFrame, type Refusal } from "../../src/protocol/frame-check.ts";
import { defaultLimits, type Limits } from "../../src/protocol/limits.ts";
import type { ServerFrame, WelcomeFrame } from "../../src/protocol/server-frames.ts";
import type { Principal } from "../../src/session/principal.ts";
import { Sessions } from "../../src/session/sessions.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeExecutor } from "../support/fake-executor.ts";
import { MemoryChannel } from "../support/memory-channel.ts";
import { principal } from "../support/principals.ts";
import { RecordingObserver } from "../support/recording-observer.ts";

export const server = { name: "cellgate", version: "0.0.0" };

/** A gateway without sockets, processes and time: its clients are {@link MemoryClient}s. */
export class MemoryGateway {
  readonly clock = new FakeClock();
  readonly executor = new FakeExecutor();
  readonly limits: Limits;
  readonly sessions: Sessions;
  readonly turns: Turns;
  readonly observer = new RecordingObserver();
  readonly drain: Drain;
  /** Whose the connections are, but for those of others. */
  readonly principal = principal("default");

  constructor(limits: Partial<Limits> = {}) {
    this.limits = { ...defaultLimits, ...limits };
    const { clock, executor, observer } = this;
    this.drain = new Drain(clock, this.limits.drainMs);
    this.turns = new Turns(this.limits);
    this.sessions = new Sessions(this.limits, clock, executor, observer, () => this.drain.retryAfterMs);
  }

  /** A connection that has said nothing yet. */
  connect(whose = this.principal): MemoryClient {
    return new MemoryClient(this, whose);
  }

  /** A connection that said `hello`. */
  greeted(fields: Omit<HelloFrame, "type"> = {}, whose = this.principal): MemoryClient {
    const client = this.connect(whose);
    client.hello(fields);
    return client;
  }

  /** A connection that resumes the turn of `client`, which has received all up to `lastSeq`: unless told otherwise, all. */
  resumed(client: MemoryClient, lastSeq = client.channel.lastSeq, fields: Omit<HelloFrame, "type"> = {}): MemoryClient {
    return this.greeted({ ...client.credentials, turn: client.welcome.turn, lastSeq, ...fields });
  }

  /** The same on a channel of the other subprotocol, for which no frames are kept: it always comes back to a gap. */
  resumedWithGap(client: MemoryClient, lastSeq = client.channel.lastSeq): MemoryClient {
    const next = this.connect();
    const isJson = client.channel.subprotocol === "cellgate.v1.json";
    next.channel.subprotocol = isJson ? "cellgate.v1.msgpack" : "cellgate.v1.json";
    next.hello({ ...client.credentials, turn: client.welcome.turn, lastSeq });
    return next;
  }
}

/** The other end of a {@link Connection}. */
export class MemoryClient {
  readonly channel = new MemoryChannel();
  readonly #connection: Connection;
  readonly #checks: ReturnType<typeof clientFrameChecks>;

  constructor({ sessions, turns, limits, clock, observer, drain }: MemoryGateway, principal: Principal) {
    const { channel } = this;
    const options = { channel, principal, sessions, turns, limits, clock, server, connection: 1, observer, drain };
    this.#connection = new Connection(options);
    this.#checks = clientFrameChecks(limits);
    this.channel.onPing = () => this.#connection.heard();
  }

  /** Sends frames, whatever they are made of. As on a socket, nothing is taken from a channel that was closed. */
  send(...frames: object[]): void {
    for (const frame of frames) {
      if (this.channel.closing) return;
      this.#connection.heard();
      this.#connection.receive(readFrame(frame, this.#checks));
    }
  }

  /** Sends what does not decode. */
  sendBroken(refusal: Partial<Refusal> = {}): void {
    this.#connection.receive({ refusal: { code: "bad_frame", message: "frame: broken", ...refusal } });
  }

  hello(fields: Omit<HelloFrame, "type"> = {}): WelcomeFrame {
    this.send({ type: "hello", ...fields });
    return this.welcome;
  }

  get welcome(): WelcomeFrame {
    return this.channel.latest("welcome");
  }

  /** What a later turn says to attach to the session. */
  get credentials(): { sessionId: string; sessionToken: string } {
    const { sessionId, sessionToken } = this.welcome;
    return { sessionId, sessionToken };
  }

  /** Acknowledges all that came. */
  ackAll(): void {
    this.send({ type: "ack", seq: this.channel.lastSeq });
  }

  /** What `act` causes to be sent. */
  during(act: () => void): ServerFrame[] {
    const before = this.channel.sent.length;
    act();
    return this.channel.sent.slice(before);
  }

  /** The gateway has begun to drain. */
  tellDrain(): void {
    this.#connection.tellDrain();
  }

  whenWritten(callback: () => void): void {
    this.#connection.whenWritten(callback);
  }

  /** The channel, which had its fill, takes again. */
  drain(): void {
    this.channel.takes = true;
    this.#connection.drained();
  }

  /** The socket is gone. */
  cut(): void {
    this.#connection.closed();
  }
}
