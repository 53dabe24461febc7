import type { GatewayEvent, GatewayObserver } from "./gateway-event.ts";

/**
 * Tells several observers what one hears, in the order in which they came. What one of them throws, as a logger or a span
 * processor of somebody else may, disturbs neither the others nor the session that it is about.
 */
export class Observers implements GatewayObserver {
  readonly #observers: GatewayObserver[] = [];

  add(observer: GatewayObserver): void {
    this.#observers.push(observer);
  }

  hear(event: GatewayEvent): void {
    for (const observer of this.#observers) unlessItThrows(() => observer.hear(event));
  }

  putOut(sessionId: string): void {
    for (const observer of this.#observers) unlessItThrows(() => observer.putOut?.(sessionId));
  }

  /** Of the first that knows one. */
  traceparentOf(callId: string): string | undefined {
    for (const observer of this.#observers) {
      const traceparent = unlessItThrows(() => observer.traceparentOf?.(callId));
      if (traceparent !== undefined) return traceparent;
    }
    return undefined;
  }
}

function unlessItThrows<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined; // there is nowhere to say so: it may be the log that failed
  }
}
