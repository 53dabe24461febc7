import { onTestFinished, vi } from "vitest";
import { type Closure, closureError, closureOf } from "../../client/closure.ts";
import { type ReconnectOptions, Reconnector } from "../../client/reconnector.ts";
import { FakeDialer } from "./fake-dialer.ts";
import { FakePage } from "./fake-page.ts";

const lost = closureOf(1006, "");

export const refused = (code: number, reason = "") => closureError(closureOf(code, reason), "could not connect");

/** A reconnector that is at work since a connection was lost, and what it said. Needs fake timers. */
class ReconnectorTrial {
  readonly dialer = new FakeDialer();
  readonly page = new FakePage();
  readonly reconnector: Reconnector;
  heard: string[] = [];
  end: Closure | "connected" | undefined;

  constructor(options: ReconnectOptions, closure: Closure) {
    this.reconnector = new Reconnector(this.dialer, options, this.page.page);
    this.again(closure);
  }

  again(closure = lost): void {
    void this.reconnector.reconnect(closure, {
      maxMs: 900_000,
      hello: () => ({ type: "hello", lastSeq: 7 }),
      waiting: ({ closure: { code }, retryMs, offline }) => {
        this.heard.push(`${code}: ${retryMs} ms${offline ? ", offline" : ""}`);
      },
      trying: (attempt) => void this.heard.push(`try ${attempt}`),
      connected: () => (this.end = "connected"),
      gaveUp: (closure) => (this.end = closure),
    });
  }

  /** Lets the pause pass, and the try fail. */
  async fail(error: unknown = refused(1006)): Promise<void> {
    await vi.advanceTimersToNextTimerAsync();
    this.dialer.latest.fail(error);
    await vi.advanceTimersByTimeAsync(0);
  }
}

/** A new {@link ReconnectorTrial}. Until the test is over, time passes only when told to, and chance has no part in pauses. */
export function startedTrial(options: ReconnectOptions = {}, closure = lost): ReconnectorTrial {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  onTestFinished(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });
  return new ReconnectorTrial(options, closure);
}
