import type { HelloFrame } from "../../src/protocol/client-frames.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";
import type { ServerFrame, WelcomeFrame } from "../../src/protocol/server-frames.ts";
import { type Channel, type ChannelListener, deaf } from "../channel.ts";
import { type Closure, closureError } from "../closure.ts";
import { RequestError } from "../errors.ts";
import { HostSide } from "../host-side.ts";
import { Outbox } from "../outbox.ts";
import { Reporter } from "../reporter.ts";
import type { FollowUpFrame, Pending, RequestFrame } from "../requests.ts";
import type { SessionAccess } from "../turn-options.ts";
import { CountedRequest, GivenUpError, type LedgerTotals } from "./ledger.ts";
import type { LoadSocket } from "./load-socket.ts";
import { RoundTrips } from "./round-trips.ts";
import type { AgentHost } from "./agent-host.ts";

/** What a {@link ScriptedTurn} needs, and whom it tells. */
export interface ScriptedTurnOptions {
  readonly host: AgentHost;
  readonly ledger: LedgerTotals;
  /** The channel is gone, and it was not `cut`. What is pending waits for `resume` or `end`. */
  readonly onLost: (closure: Closure) => void;
  /** A cell's next call came so many milliseconds after the last one was answered. */
  readonly onRoundTrip: (ms: number) => void;
  /** A frame came, of so many bytes. */
  readonly onFrame: (bytes: number) => void;
  /** A refusal that is for no request, such as an answer that could not be read. */
  readonly onRefused: (error: RequestError) => void;
}

/**
 * A turn that does what a scenario says, and keeps books. It is made of the parts of the SDK's own, but is cut and comes
 * back when it is told to, and looks at what the SDK may trust the gateway for: that frames are numbered without a hole,
 * and that every request has one last answer.
 *
 * ```
 * open ──cut(), the channel closes──▶ lost ──end(), close()──▶ over
 *  ▲ └──close()──────────────────────────┼──────────────────────▲
 *  └─────────────resume()────────────────┘
 * ```
 */
export class ScriptedTurn implements ChannelListener {
  readonly session: SessionAccess;
  readonly #options: ScriptedTurnOptions;
  readonly #turn: number;
  readonly #outbox: Outbox;
  readonly #hostSide: HostSide;
  readonly #roundTrips: RoundTrips;
  /** Requests that had no answer in time: one that is late is no stray. */
  readonly #givenUp = new Set<number>();
  #socket: LoadSocket;
  #channel: Channel;
  #phase: "open" | "lost" | "over" = "open";

  /** Takes over a channel over `socket`, which has just brought `welcome`. */
  constructor(socket: LoadSocket, channel: Channel, welcome: WelcomeFrame, options: ScriptedTurnOptions) {
    this.session = { id: welcome.sessionId, token: welcome.sessionToken };
    this.#turn = welcome.turn;
    this.#socket = socket;
    this.#channel = channel;
    this.#options = options;
    this.#outbox = new Outbox(channel, welcome, { resumes: true });
    this.#roundTrips = new RoundTrips(options.onRoundTrip);
    this.#hostSide = new HostSide({
      host: options.host,
      events: {},
      limits: { ...defaultLimits, ...welcome.limits },
      reporter: new Reporter(),
      send: (answer) => {
        if (this.#phase === "over") return;
        this.#roundTrips.answered(answer.callId);
        this.#outbox.answer(answer);
      },
    });
    channel.listen(this);
  }

  get phase(): "open" | "lost" | "over" {
    return this.#phase;
  }

  /** Asks, now or when the turn is resumed. Whatever becomes of it, `pending` hears of it. Returns its id. */
  ask(frame: RequestFrame, pending: Pending): number {
    const request = new CountedRequest(pending, this.#options.ledger);
    if (this.#phase === "over") {
      request.fail(new GivenUpError(true));
      return 0;
    }
    try {
      return this.#outbox.ask(frame, request);
    } catch (error) {
      request.fail(error as Error);
      return 0;
    }
  }

  /** Says something about a request, unless it has been answered. */
  follow(frame: FollowUpFrame): void {
    if (this.#phase !== "over") this.#outbox.follow(frame);
  }

  /** The time of a request is up. */
  giveUp(id: number, timeoutMs: number): void {
    this.#givenUp.add(id);
    this.#outbox.requests.fail(id, new GivenUpError(false, timeoutMs));
  }

  /** The time of all requests is up. */
  giveUpAll(): void {
    for (const { frame } of this.#outbox.requests) this.#givenUp.add(frame.id);
    this.#outbox.requests.failAll(new GivenUpError(false));
  }

  /** Loses the socket, as a network does. */
  cut(): void {
    if (this.#phase !== "open") return;
    this.#phase = "lost";
    this.#channel.listen(deaf);
    this.#outbox.uplink.lose();
    this.#socket.terminate();
  }

  /** Closes in good order, and gives up what is pending. The session lives on. */
  close(): void {
    const wasOpen = this.#phase === "open";
    this.end(new GivenUpError(true));
    if (wasOpen) this.#outbox.uplink.close(1000, "");
  }

  /** The turn is over: whatever is pending fails with `error`. */
  end(error: Error): void {
    if (this.#phase === "over") return;
    this.#phase = "over";
    this.#outbox.end(error);
    this.#hostSide.closed(closureError({ code: 1000, reason: "", retryable: false }, "the turn is over"));
  }

  /** What a new socket says to go on with this turn. */
  helloAgain(): HelloFrame {
    const { id: sessionId, token: sessionToken } = this.session;
    return { type: "hello", sessionId, sessionToken, turn: this.#turn, lastSeq: this.#outbox.uplink.lastSeq };
  }

  /** Goes on over a channel that has just brought `welcome`; a turn that was closed meanwhile closes it. */
  resume(socket: LoadSocket, channel: Channel, welcome: WelcomeFrame): void {
    if (this.#phase === "over") {
      channel.listen(deaf);
      return channel.close(1000, "");
    }
    this.#socket = socket;
    this.#channel = channel;
    this.#phase = "open";
    channel.listen(this);
    this.#hostSide.resumed(welcome);
    this.#roundTrips.forget();
    this.#outbox.resume(channel, welcome, false);
  }

  opened(): void {
    // It was, before its `welcome`.
  }

  frame(frame: ServerFrame, size: number): void {
    const { ledger, onFrame, onRefused, host } = this.#options;
    onFrame(size);
    const { uplink, requests } = this.#outbox;
    if ("seq" in frame && frame.type !== "welcome") {
      const { lastSeq } = uplink;
      if (!uplink.received(frame.seq, size)) return;
      ledger.missing += frame.seq - lastSeq - 1;
    }
    switch (frame.type) {
      case "started":
      case "content":
      case "yielded":
      case "result":
      case "terminated":
      case "cells":
      case "stored_values":
      case "ok":
        if (!requests.get(frame.id) && !this.#givenUp.has(frame.id)) ledger.stray += 1;
        return requests.answer(frame);
      case "error":
        if (!requests.refuse(frame)) onRefused(new RequestError(frame));
        return;
      case "tool_call":
        this.#roundTrips.called(frame.callId, frame.cellId);
        return this.#hostSide.push(frame);
      case "notify":
        return host.notified(frame.cellId, frame.text);
      case "cell_closed":
        this.#roundTrips.closed(frame.cellId);
        return this.#hostSide.push(frame);
      case "tool_cancel":
      case "cell_finished":
      case "drain":
        return this.#hostSide.push(frame);
      case "pong":
        return this.#outbox.pong(frame);
      case "welcome":
        return;
      default:
        frame satisfies never;
    }
  }

  closed(closure: Closure): void {
    this.#outbox.uplink.lose();
    if (this.#phase === "over") return;
    this.#phase = "lost";
    this.#options.onLost(closure);
  }
}
