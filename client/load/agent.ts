import type { HelloFrame } from "../../src/protocol/client-frames.ts";
import type { WelcomeFrame } from "../../src/protocol/server-frames.ts";
import { Backoff } from "../backoff.ts";
import type { Channel } from "../channel.ts";
import { type Closure, closureError } from "../closure.ts";
import { ConnectionError, RequestError } from "../errors.ts";
import { PlainRequest } from "../plain-request.ts";
import { pause } from "../timer.ts";
import type { AgentHost } from "./agent-host.ts";
import { dial, failureCode, type TakeSocket } from "./dial.ts";
import type { LedgerTotals } from "./ledger.ts";
import type { LoadSocket, Target } from "./load-socket.ts";
import type { Random } from "./random.ts";
import type { Samples } from "./samples.ts";
import type { TraceRecorder } from "./trace-recorder.ts";
import { ScriptedTurn } from "./scripted-turn.ts";

/** What an {@link Agent} needs. */
export interface AgentOptions {
  readonly index: number;
  readonly target: Target;
  readonly host: AgentHost;
  readonly random: Random;
  readonly ledger: LedgerTotals;
  readonly samples: Samples;
  /** Told what happens on the sockets. Absent: nobody records it. */
  readonly recorder: TraceRecorder | undefined;
  /** Aborted when no connection is tried any more. */
  readonly signal: AbortSignal;
}

/** As in the SDK. */
const backoff = { baseMs: 100, capMs: 10_000 };

/** How long a socket that never was connected is tried. */
const patienceMs = 30_000;

/**
 * One socket of the load: a session, its turn, and the way back to them. A socket that was cut on purpose comes back when
 * the scenario says so, any other at once.
 */
export class Agent {
  readonly index: number;
  readonly random: Random;
  readonly #options: AgentOptions;
  #turn: ScriptedTurn | undefined;
  /** The way back that is under way. */
  #recovery: Promise<void> | undefined;
  /** When the socket was given up, on purpose. */
  #leftAt = 0;
  #isEnding = false;
  #runs = 0;

  constructor(options: AgentOptions) {
    const { index, random } = options;
    this.index = index;
    this.random = random;
    this.#options = options;
  }

  /** The turn. Throws where the agent never connected. */
  get turn(): ScriptedTurn {
    if (!this.#turn) throw new Error("expected a turn, got none");
    return this.#turn;
  }

  get isConnected(): boolean {
    return this.#turn?.phase === "open";
  }

  /** Counts its flows, from 0. */
  nextRun(): number {
    this.#runs += 1;
    return this.#runs - 1;
  }

  /** Opens a session. Tries until it succeeds, cannot succeed, or nothing is tried any more; then it rejects. */
  async connect(): Promise<void> {
    const hello: HelloFrame = { type: "hello", tools: this.#options.host.definitions };
    const startedAt = performance.now();
    await this.#tryToDial(hello, (...taken) => this.#open(...taken));
    this.#options.samples.record("connect", performance.now() - startedAt, false);
  }

  /** Loses the socket, on purpose. */
  cut(): void {
    this.#leftAt = performance.now();
    this.turn.cut();
  }

  /** Leaves in good order, on purpose. */
  close(): void {
    this.#leftAt = performance.now();
    this.turn.close();
  }

  /** Comes back after {@link cut} or {@link close}. `afterMs`: the pause before the first try. */
  async resume(afterMs?: number): Promise<void> {
    if (afterMs !== undefined) await pause(afterMs, this.#options.signal);
    await this.recover(afterMs !== undefined);
    this.#options.samples.record("resume", performance.now() - this.#leftAt);
  }

  /** Resolves when the agent has a turn that is open: at once, if it has. Rejects where that cannot be. */
  async recover(atOnce = false): Promise<void> {
    // A turn that was closed while it was on its way back is over: then there is to be another one.
    while (!this.isConnected) await this.#recover(atOnce);
  }

  async #recover(atOnce: boolean): Promise<void> {
    this.#recovery ??= this.#comeBack(atOnce).finally(() => (this.#recovery = undefined));
    return this.#recovery;
  }

  /** The load is over: what is pending, on a turn that is open or lost, is not waited for any more. */
  giveUp(): void {
    this.#turn?.giveUpAll();
  }

  /**
   * Ends the session, and resolves when the gateway has confirmed it or the socket is gone. One that does not end is an
   * error.
   */
  async end(): Promise<void> {
    const turn = this.#turn;
    if (turn?.phase !== "open") return;
    const ended = new PlainRequest("ok");
    this.#isEnding = true;
    turn.ask({ type: "end_session" }, ended);
    await ended.answered.then(
      () => {},
      (error: Error) => this.#options.samples.error(`session not ended: ${failureCode(error)}`, error.message),
    );
    turn.close();
  }

  #open(socket: LoadSocket, channel: Channel, welcome: WelcomeFrame): void {
    const { ledger, samples } = this.#options;
    const turn = new ScriptedTurn(socket, channel, welcome, {
      host: this.#options.host,
      ledger,
      onLost: (closure) => this.#lost(turn, closure),
      onRoundTrip: (ms) => samples.record("round_trip", ms),
      onFrame: (bytes) => samples.frame(bytes),
      onRefused: (error) => samples.error(`frame refused: ${error.code}`, error.message),
    });
    this.#turn = turn;
  }

  #lost(turn: ScriptedTurn, closure: Closure): void {
    if (this.#isEnding) return turn.end(closureError(closure, "lost"));
    if (this.#options.signal.aborted) return;
    this.#options.samples.error(`socket lost: ${failureCode(closureError(closure, "lost"))}`, closure.reason);
    if (!closure.retryable) turn.end(closureError(closure, "the connection was closed"));
    // Whoever waits for the turn hears of it there.
    this.#recover(false).catch(() => {});
  }

  async #comeBack(atOnce: boolean): Promise<void> {
    const turn = this.turn;
    if (turn.phase === "lost") {
      try {
        await this.#tryToDial(turn.helloAgain(), (...taken) => turn.resume(...taken), atOnce);
        return;
      } catch (error) {
        turn.end(error as Error);
        if (!(error instanceof ConnectionError)) throw error;
      }
    }
    // The turn is over. The session may be as well; then it is another one.
    const { id: sessionId, token: sessionToken } = turn.session;
    const hello: HelloFrame = { type: "hello", sessionId, sessionToken, tools: this.#options.host.definitions };
    const open: TakeSocket<void> = (...taken) => this.#open(...taken);
    try {
      await this.#tryToDial(hello, open, atOnce);
    } catch (error) {
      if (!(error instanceof ConnectionError) || this.#options.signal.aborted) throw error;
      await this.#tryToDial({ type: "hello", tools: this.#options.host.definitions }, open);
    }
  }

  /** Tries with pauses in between; each failure that another try may mend is counted, the last one thrown. */
  async #tryToDial(hello: HelloFrame, take: TakeSocket<void>, atOnce = true): Promise<void> {
    const { target, signal, samples, random, recorder } = this.#options;
    const until = this.#turn ? Infinity : performance.now() + patienceMs;
    const pauses = new Backoff({ ...backoff, random: () => random.next() });
    if (!atOnce) await pause(pauses.next(), signal);
    for (;;) {
      try {
        return await dial(target, hello, take, recorder);
      } catch (error) {
        if (isHopeless(error) || signal.aborted || performance.now() > until) throw error;
        samples.error(`connect: ${failureCode(error)}`, (error as Error).message);
      }
      await pause(pauses.next(), signal);
    }
  }
}

/** Whether another try would end in the same way. */
function isHopeless(error: unknown): boolean {
  if (error instanceof RequestError) return true;
  return error instanceof ConnectionError && (!error.retryable || /^http 40\d$/.test(failureCode(error)));
}
