import type { Host, Notification } from "../src/protocol/host.ts";

/**
 * Hands notifications to the host one after the other (rule T10): the next waits until the last was dealt with, and
 * nothing else waits for them. One that fails is reported.
 */
export class Notifications {
  readonly #host: Host;
  readonly #report: (error: unknown) => void;
  #last: Promise<void> = Promise.resolve();

  /** `report` must not throw. */
  constructor(host: Host, report: (error: unknown) => void) {
    this.#host = host;
    this.#report = report;
  }

  add(notification: Notification): void {
    this.#last = this.#last.then(() => this.#host.notify(notification)).catch(this.#report);
  }
}
