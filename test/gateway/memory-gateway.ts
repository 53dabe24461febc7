import { Connection } from "../../src/gateway/connection.ts";
import { Drain } from "../../src/gateway/drain.ts";
import { FrameReaders } from "../../src/gateway/frame-readers.ts";
import type { GatewayObserver } from "../../src/gateway/gateway-event.ts";
import { MetricsFeed } from "../../src/gateway/metrics-feed.ts";
import type { Metrics } from "../../src/gateway/metrics.ts";
import { Observatory } from "../../src/gateway/observatory.ts";
import type { ConnectionContext } from "../../src/gateway/role.ts";
import { Rota } from "../../src/gateway/rota.ts";
import { SessionDirectory } from "../../src/gateway/session-directory.ts";
import { Turns } from "../../src/gateway/turns.ts";
import type { HelloFrame } from "../../src/protocol/client-frames.ts";
import type { Refusal } from "../../src/protocol/frame-check.ts";
import { defaultLimits, type Limits } from "../../src/protocol/limits.ts";
import type { ServerFrame, WelcomeFrame } from "../../src/protocol/server-frames.ts";
import type { Principal } from "../../src/session/principal.ts";
import { Sessions } from "../../src/session/sessions.ts";
import { FakeClock } from "../support/fake-clock.ts";
import { FakeExecutor } from "../support/fake-executor.ts";
import { MemoryChannel } from "../support/memory-channel.ts";
import { principal } from "../support/principals.ts";
import { RecordingObserver } from "../support/recording-observer.ts";

const noHistogram = { count: 0, sumMs: 0, buckets: [] };
const noNumbers = {
  connections: 0,
  observers: 0,
  sessions: 0,
  cellsLive: 0,
  cellsQueued: 0,
  endings: {},
  execute: noHistogram,
  queue: noHistogram,
  toolCall: noHistogram,
  executors: [],
  executorsReady: 0,
  restarts: {},
  rssBytes: 0,
  receivedBytes: 0,
  sentBytes: 0,
  closes: {},
  limitHits: {},
  droppedEvents: 0,
};

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
  /** What is read of the metrics. */
  numbers: Awaited<ReturnType<Metrics["numbers"]>> = { ...noNumbers };
  readonly context: ConnectionContext;
  /** Whose the connections are, but for those of others. */
  readonly principal = principal("default");

  constructor(limits: Partial<Limits> = {}) {
    this.limits = { ...defaultLimits, ...limits };
    const { clock, executor, limits: all } = this;
    const observatory = new Observatory(clock);
    const observer: GatewayObserver = {
      hear: (event) => {
        this.observer.hear(event);
        observatory.hear(event);
      },
      putOut: (sessionId) => observatory.putOut(sessionId),
    };
    this.drain = new Drain(clock, all.drainMs);
    this.turns = new Turns(all);
    this.sessions = new Sessions(all, clock, executor, observer, () => this.drain.retryAfterMs);
    this.context = {
      sessions: this.sessions,
      turns: this.turns,
      limits: all,
      clock,
      server,
      observer,
      observatory,
      directory: new SessionDirectory(this.sessions, this.turns, observatory),
      feed: new MetricsFeed({ numbers: () => Promise.resolve(this.numbers) }, clock, (error) => {
        throw error;
      }),
      rota: new Rota(clock),
      readers: new FrameReaders(all),
      drain: this.drain,
    };
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

  constructor({ context }: MemoryGateway, principal: Principal) {
    const { channel } = this;
    this.#connection = new Connection({ context, channel, principal, connection: 1 });
    this.channel.onPing = () => this.#connection.heard();
  }

  /** Sends frames, whatever they are made of. As on a socket, nothing is taken from a channel that was closed. */
  send(...frames: object[]): void {
    for (const frame of frames) {
      if (this.channel.closing) return;
      this.#connection.heard();
      this.#connection.receive({ bytes: Buffer.from(JSON.stringify(frame)), value: frame });
    }
  }

  /** Sends what does not decode. */
  sendBroken(refusal: Partial<Refusal> = {}): void {
    this.#connection.receive({
      bytes: Buffer.from("?"),
      refusal: { code: "bad_frame", message: "frame: broken", ...refusal },
    });
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
  cut(code = 1006, reason = ""): void {
    this.#connection.closed(code, reason);
  }
}
