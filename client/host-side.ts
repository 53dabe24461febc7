import type { CellClosedReason, WelcomeFrame } from "../src/protocol/server-frames.ts";
import type { ConnectionListener, PushFrame } from "./connection.ts";
import type { ConnectionError, RequestError } from "./errors.ts";
import { HostRunner, type HostRunnerOptions } from "./host-runner.ts";
import { Notifications } from "./notifications.ts";
import type { Reporter } from "./reporter.ts";

/** What is said of cells and of the gateway without being asked for. What these functions throw goes to `onError`. */
export interface CellEvents {
  /** A cell ended while nobody waited for it: a `wait` takes its outcome. `ok`: it ended without an error. */
  readonly onCellFinished?: ((event: { cellId: string; ok: boolean }) => void) | undefined;
  /** The last that is said of a cell: its outcome was taken, was kept for too long, or went with its session. */
  readonly onCellClosed?: ((event: { cellId: string; reason: CellClosedReason }) => void) | undefined;
  /**
   * The gateway is going down. It starts no more cells (`execute` rejects with `draining`), terminates those that still run
   * after `deadlineMs`, and closes; after `retryAfterMs` another may be in its place. Its sessions go with it.
   */
  readonly onDrain?: ((event: { deadlineMs: number; retryAfterMs: number }) => void) | undefined;
}

/** What a {@link HostSide} is made of. */
interface HostSideOptions extends HostRunnerOptions {
  readonly events: CellEvents;
  readonly reporter: Reporter;
}

/** The part of a turn that the gateway asks, and not the other way round: tool calls, notifications, events of cells. */
export class HostSide implements ConnectionListener {
  readonly #events: CellEvents;
  readonly #reporter: Reporter;
  readonly #runner: HostRunner;
  readonly #notifications: Notifications;

  constructor(options: HostSideOptions) {
    this.#events = options.events;
    this.#reporter = options.reporter;
    this.#runner = new HostRunner(options);
    this.#notifications = new Notifications(options.host, options.reporter.report);
  }

  push(frame: PushFrame): void {
    switch (frame.type) {
      case "tool_call":
        return this.#runner.call(frame);
      case "tool_cancel":
        return this.#runner.cancel(frame);
      case "notify":
        return this.#notifications.add({ cellId: frame.cellId, toolCallId: frame.toolCallId, text: frame.text });
      case "cell_finished":
        return this.#reporter.run(() => this.#events.onCellFinished?.({ cellId: frame.cellId, ok: frame.ok }));
      case "cell_closed":
        this.#runner.forget(frame.cellId);
        return this.#reporter.run(() => this.#events.onCellClosed?.({ cellId: frame.cellId, reason: frame.reason }));
      case "drain": {
        const { deadlineMs, retryAfterMs } = frame;
        return this.#reporter.run(() => this.#events.onDrain?.({ deadlineMs, retryAfterMs }));
      }
      default:
        frame satisfies never;
    }
  }

  refused(error: RequestError): void {
    this.#reporter.report(error);
  }

  resumed(welcome: WelcomeFrame): void {
    this.#runner.resumed(welcome);
  }

  closed(error: ConnectionError): void {
    this.#runner.abortAll(error);
  }
}
