import type { ObservedEvent } from "../../src/protocol/observed-events.ts";
import type { ObserverServerFrame, WatchFrame } from "../../src/protocol/observer-frames.ts";
import type { Principal } from "../../src/session/principal.ts";
import { principal } from "../support/principals.ts";
import { type MemoryClient, type MemoryGateway } from "./memory-gateway.ts";

type FrameOf<Type> = Extract<ObserverServerFrame, { type: Type }>;

/** An observer who may do everything, unless a test says otherwise. */
export const watcher = (...scopes: ("observe" | "admin" | "host")[]): Principal =>
  principal("watcher", { scopes: new Set(scopes) });

/** The other end of a connection that observes. It said `hello`. */
export class MemoryObserver {
  readonly client: MemoryClient;
  readonly #gateway: MemoryGateway;
  #lastId = 0;

  constructor(gateway: MemoryGateway, whose = watcher("observe", "admin")) {
    this.#gateway = gateway;
    this.client = gateway.connect(whose);
    this.send({ type: "hello", role: "observer", client: { name: "eye", version: "1" } });
  }

  /** All frames that came. */
  get frames(): ObserverServerFrame[] {
    return this.client.channel.sent as object[] as ObserverServerFrame[];
  }

  send(...frames: object[]): void {
    this.client.send(...frames);
  }

  /** Asks, and gives the frames that this causes at once. */
  ask(frame: object): ObserverServerFrame[] {
    const before = this.frames.length;
    this.#lastId += 1;
    this.send({ id: this.#lastId, ...frame });
    return this.frames.slice(before);
  }

  /** Begins a watch, and gives its id. */
  watch(fields: Omit<WatchFrame, "type" | "id">): number {
    const [answer] = this.ask({ type: "watch", ...fields });
    if (answer?.type !== "ok") throw new Error(`expected ok, got ${JSON.stringify(answer)}`);
    return answer.id;
  }

  /** All frames with this tag. */
  all<Type extends ObserverServerFrame["type"]>(type: Type): FrameOf<Type>[] {
    return this.frames.filter((frame): frame is FrameOf<Type> => frame.type === type);
  }

  /** What a watch has been told so far. */
  told(watchId: number): ObservedEvent[] {
    return this.all("observed").flatMap((frame) => (frame.watchId === watchId ? frame.events : []));
  }

  /** What a watch is told of what `act` causes, in the time that such things take. */
  during(watchId: number, act: () => void): ObservedEvent[] {
    this.#gateway.clock.advance(300);
    const before = this.told(watchId).length;
    act();
    this.#gateway.clock.advance(300);
    return this.told(watchId).slice(before);
  }
}

/** The direction and tag of each frame that is shown. */
export const tagsOf = (events: readonly ObservedEvent[]): string[] =>
  events.flatMap((event) => (event.type === "frame" ? `${event.direction} ${event.tag}` : []));
