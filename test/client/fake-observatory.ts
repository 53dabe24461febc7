import { onTestFinished, vi } from "vitest";
import type { Channel, ChannelListener } from "../../client/channel.ts";
import { closureError, closureOf } from "../../client/closure.ts";
import type { Takeover } from "../../client/handshake.ts";
import { Observation } from "../../client/observation.ts";
import type { ObserverRole } from "../../client/observer-vocabulary.ts";
import { type ReconnectOptions, Reconnector } from "../../client/reconnector.ts";
import { Reporter } from "../../client/reporter.ts";
import { type StateEvent, States } from "../../client/states.ts";
import { createCodec } from "../../src/protocol/codec.ts";
import { readFrame } from "../../src/protocol/frame-check.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";
import { observedFrameChecks } from "../../src/protocol/observed-checks.ts";
import type { ObservedEvent } from "../../src/protocol/observed-events.ts";
import { observerFrameChecks } from "../../src/protocol/observer-frame-checks.ts";
import type { ObserverClientFrame, ObserverServerFrame, ObservingFrame } from "../../src/protocol/observer-frames.ts";
import { FakePage } from "./fake-page.ts";

const codec = createCodec("cellgate.v1.json", defaultLimits);

/** A frame as the other end reads it, which has to pass its check. */
function read<Frame extends { type: string }>(frame: object, checks: Parameters<typeof readFrame<Frame>>[1]): Frame {
  const reading = readFrame(codec.decode(codec.encode(frame)), checks);
  if ("refusal" in reading) throw new Error(reading.refusal.message);
  return reading.frame;
}

/** The gateway's end of an observer's channel in memory. */
export class FakeLine implements Channel<ObserverRole> {
  readonly sent: ObserverClientFrame[] = [];
  closedWith: { code: number; reason: string } | undefined;
  #listener: ChannelListener<ObserverRole> | undefined;

  listen(listener: ChannelListener<ObserverRole>): void {
    this.#listener = listener;
  }

  send(frame: ObserverClientFrame): number {
    const size = this.measure(frame);
    if (!this.closedWith) this.sent.push(read(frame, observerFrameChecks(defaultLimits)));
    return size;
  }

  measure(frame: ObserverClientFrame): number {
    return codec.encode(frame).length;
  }

  close(code: number, reason: string): void {
    if (this.closedWith) return;
    this.closedWith = { code, reason };
    queueMicrotask(() => this.#listener?.closed(closureOf(code, reason)));
  }

  /** The gateway says frames. */
  say(...frames: ObserverServerFrame[]): void {
    for (const frame of frames) this.#listener?.frame(read(frame, observedFrameChecks(defaultLimits.valueDepth)), 1);
  }

  /** A watch has seen events. */
  tell(watchId: number, ...events: (ObservedEvent | object)[]): void {
    this.say({ type: "observed", watchId, dropped: 0, events: events as ObservedEvent[] });
  }

  /** The gateway closes, or the connection is lost. */
  end(code: number, reason = ""): void {
    this.#listener?.closed(closureOf(code, reason));
  }

  /** What was sent since this was last asked. */
  take(): ObserverClientFrame[] {
    return this.sent.splice(0);
  }
}

export function observing(fields: Partial<ObservingFrame> = {}): ObservingFrame {
  return {
    type: "observing",
    scopes: ["observe", "admin"],
    heartbeatMs: 25_000,
    limits: defaultLimits,
    server: { name: "fake", version: "0" },
    nowMs: Date.now(),
    ...fields,
  };
}

/** An observation, and the gateway's end of whatever channel it has. Needs fake timers. */
export class FakeObservatory {
  readonly page = new FakePage();
  readonly observation: Observation;
  readonly states: StateEvent[] = [];
  readonly errors: unknown[] = [];
  readonly drains: object[] = [];
  /** What the tries to connect said. */
  readonly hellos: ObserverClientFrame[] = [];
  line = new FakeLine();
  #take: ((line: FakeLine, welcome: ObservingFrame) => void) | undefined;
  #fail: ((error: unknown) => void) | undefined;

  constructor(reconnect: ReconnectOptions | false = {}, welcome = observing()) {
    const dialer = {
      renewsToken: false,
      dial: <T>(hello: ObserverClientFrame, take: Takeover<T, ObserverRole>): Promise<T> => {
        this.hellos.push(hello);
        return new Promise<T>((resolve, reject) => {
          this.#take = (line, answer) => resolve(take(line, answer));
          this.#fail = reject;
        });
      },
    };
    const options = { baseMs: 0, ...reconnect };
    this.observation = new Observation(this.line, welcome, {
      hello: { type: "hello", role: "observer", client: { name: "eye", version: "1" } },
      reconnector: reconnect ? new Reconnector<ObserverRole>(dialer, options, this.page.page) : undefined,
      states: new States((event) => this.states.push(event)),
      reporter: new Reporter((error) => this.errors.push(error)),
      onDrain: (event) => this.drains.push(event),
    });
  }

  /** The connection is lost, and it is tried to connect again. */
  async cut(code = 1006): Promise<void> {
    this.line.end(code);
    await vi.advanceTimersByTimeAsync(0);
  }

  /** The try succeeds. */
  async connect(fields: Partial<ObservingFrame> = {}): Promise<void> {
    this.line = new FakeLine();
    this.#take?.(this.line, observing(fields));
    await vi.advanceTimersByTimeAsync(0);
  }

  /** The try fails. */
  async fail(code: number): Promise<void> {
    this.#fail?.(closureError(closureOf(code, ""), "could not connect"));
    await vi.advanceTimersByTimeAsync(0);
  }

  async cutAndConnect(fields: Partial<ObservingFrame> = {}): Promise<void> {
    await this.cut();
    await this.connect(fields);
  }
}

/** A new {@link FakeObservatory}. Until the test is over, time passes only when told to. */
export function openObservatory(reconnect: ReconnectOptions | false = {}, welcome = observing): FakeObservatory {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  return new FakeObservatory(reconnect, welcome());
}

export const gone = (sessionId: string) => ({ type: "session_gone", atMs: 1, sessionId });

/** Lets everything happen that waits for no time to pass. */
export const settle = () => vi.advanceTimersByTimeAsync(0);
