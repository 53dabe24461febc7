import type { Dialer } from "../../client/dialer.ts";
import type { Takeover } from "../../client/handshake.ts";
import type { HelloFrame } from "../../src/protocol/client-frames.ts";
import type { WelcomeFrame } from "../../src/protocol/server-frames.ts";
import { FakeGateway } from "./fake-gateway.ts";

/** One try to connect, which ends as the test says. */
export class FakeDial {
  readonly hello: HelloFrame;
  readonly signal: AbortSignal | undefined;
  readonly #welcomed: (gateway: FakeGateway, welcome: WelcomeFrame) => void;
  #isOver = false;
  /** The try fails. */
  readonly fail: (error: unknown) => void;

  constructor(
    hello: HelloFrame,
    signal: AbortSignal | undefined,
    welcomed: (gateway: FakeGateway, welcome: WelcomeFrame) => void,
    fail: (error: unknown) => void,
  ) {
    this.hello = hello;
    this.signal = signal;
    this.#welcomed = welcomed;
    this.fail = fail;
  }

  /**
   * The try succeeds: gives the gateway's end of the new channel. Where the welcome does not say otherwise, nothing was
   * missed and nothing of the client had arrived.
   */
  welcome(fields: Partial<WelcomeFrame> = {}): FakeGateway {
    if (this.#isOver) throw new Error("this try is over");
    this.#isOver = true;
    const gateway = new FakeGateway(fields.limits);
    const { lastSeq = 0 } = this.hello;
    const welcome = { ...gateway.welcomeFrame(), resumed: true, seq: lastSeq, ...fields };
    gateway.seq = welcome.seq;
    this.#welcomed(gateway, welcome);
    return gateway;
  }
}

/** Connects to whatever a test says. */
export class FakeDialer implements Pick<Dialer, "dial" | "renewsToken"> {
  renewsToken = false;
  readonly dials: FakeDial[] = [];

  /** The latest try. */
  get latest(): FakeDial {
    const dial = this.dials.at(-1);
    if (!dial) throw new Error("nothing was dialled");
    return dial;
  }

  dial<T>(hello: HelloFrame, take: Takeover<T>, signal?: AbortSignal): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason as Error));
      this.dials.push(new FakeDial(hello, signal, (gateway, welcome) => resolve(take(gateway, welcome)), reject));
    });
  }
}
