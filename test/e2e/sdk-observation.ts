import { onTestFinished } from "vitest";
import { observe, type Observation, type ObserveOptions, type WatchedEvent } from "../../client/index.ts";
import type { TestGateway } from "../support/running-gateway.ts";

/** What a listener is told, for a test to wait for. */
export class Heard<Event extends { readonly type: string }> {
  readonly events: Event[] = [];
  #waiting: { readonly test: (event: Event) => boolean; readonly resolve: (event: Event) => void }[] = [];

  readonly listener = (event: Event): void => {
    this.events.push(event);
    const called = this.#waiting.filter(({ test }) => test(event));
    this.#waiting = this.#waiting.filter((waiting) => !called.includes(waiting));
    for (const { resolve } of called) resolve(event);
  };

  /** The first event that passes, of those that came and those that come. */
  first(test: (event: Event) => boolean): Promise<Event> {
    const came = this.events.find(test);
    if (came) return Promise.resolve(came);
    return new Promise((resolve) => {
      this.#waiting.push({ test, resolve });
    });
  }

  /** The first event of this type. */
  async next<Type extends Event["type"]>(type: Type): Promise<Extract<Event, { type: Type }>> {
    return (await this.first((event) => event.type === type)) as Extract<Event, { type: Type }>;
  }
}

export async function observing(
  { url, token }: Pick<TestGateway, "url" | "token">,
  options: Partial<ObserveOptions> = {},
): Promise<Observation> {
  const observation = await observe(url, { token, ...options });
  onTestFinished(() => observation.close());
  return observation;
}

/** Watches a session from now on. */
export async function watching(
  observation: Observation,
  sessionId: string,
  options = {},
): Promise<Heard<WatchedEvent>> {
  const heard = new Heard<WatchedEvent>();
  await observation.watchSession(sessionId, options, heard.listener).started;
  return heard;
}
