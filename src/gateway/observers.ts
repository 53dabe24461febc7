import type { GatewayEvent, GatewayObserver } from "./gateway-event.ts";

/** Tells several observers what one hears, in the order in which they came. */
export class Observers implements GatewayObserver {
  readonly #observers: GatewayObserver[] = [];

  add(observer: GatewayObserver): void {
    this.#observers.push(observer);
  }

  hear(event: GatewayEvent): void {
    for (const observer of this.#observers) observer.hear(event);
  }
}
