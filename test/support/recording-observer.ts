import type { GatewayEvent, GatewayObserver } from "../../src/gateway/gateway-event.ts";

type EventOf<Type> = Extract<GatewayEvent, { type: Type }>;

/** Remembers what it heard. */
export class RecordingObserver implements GatewayObserver {
  readonly events: GatewayEvent[] = [];
  /** The sessions whose cells put something out, each time. */
  readonly putOuts: string[] = [];

  hear(event: GatewayEvent): void {
    this.events.push(event);
  }

  putOut(sessionId: string): void {
    this.putOuts.push(sessionId);
  }

  /** All events of this type. */
  all<Type extends GatewayEvent["type"]>(type: Type): EventOf<Type>[] {
    return this.events.filter((event): event is EventOf<Type> => event.type === type);
  }

  /** The types of all events, in order. */
  get types(): GatewayEvent["type"][] {
    return this.events.map(({ type }) => type);
  }
}
