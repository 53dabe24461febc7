import { type ReconnectOptions, Reconnector } from "../../client/reconnector.ts";
import { type StateEvent, States } from "../../client/states.ts";
import type { TurnOptions } from "../../client/turn-options.ts";
import type { Turn } from "../../client/turn.ts";
import type { WelcomeFrame } from "../../src/protocol/server-frames.ts";
import { vi } from "vitest";
import { FakeDialer } from "./fake-dialer.ts";
import { FakeGateway } from "./fake-gateway.ts";
import { FakePage } from "./fake-page.ts";

/** A turn that comes back when it is cut off, and the gateway's end of whatever channel it has. Needs fake timers. */
export class ResumingTurn {
  readonly dialer = new FakeDialer();
  readonly page = new FakePage();
  /** What became of the connection. */
  readonly events: StateEvent[] = [];
  readonly turn: Turn;
  /** The latest channel. */
  gateway = new FakeGateway();

  constructor(reconnect: ReconnectOptions = {}, options: Partial<TurnOptions> = {}) {
    this.turn = this.gateway.welcome({
      // Without pauses.
      reconnector: new Reconnector(this.dialer, { baseMs: 0, ...reconnect }, this.page.page),
      states: new States((event) => this.events.push(event)),
      client: { name: "me", version: "1" },
      ...options,
    });
  }

  /** The connection is lost, and it is tried to connect again. */
  async cut(code = 1006): Promise<void> {
    this.gateway.end(code);
    await vi.advanceTimersByTimeAsync(0);
  }

  /** The try succeeds. */
  resume(fields: Partial<WelcomeFrame> = {}): void {
    this.gateway = this.dialer.latest.welcome(fields);
  }

  async cutAndResume(fields: Partial<WelcomeFrame> = {}): Promise<void> {
    await this.cut();
    this.resume(fields);
  }
}
