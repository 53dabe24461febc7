/** Whoever waits for a pong. */
type Waiting = Pick<PromiseWithResolvers<void>, "resolve" | "reject">;

/** The pings of a turn that have no pong yet. They have no ids: pongs come in the order of the pings. */
export class Pings {
  #waiting: (Waiting | undefined)[] = [];

  /** A ping is sent. Nobody may be waiting for its pong. */
  add(waiting?: Waiting): void {
    this.#waiting.push(waiting);
  }

  pong(): void {
    this.#waiting.shift()?.resolve();
  }

  /** On a new connection: returns how many pings have to be sent again, as somebody waits. */
  restart(): number {
    this.#waiting = this.#waiting.filter((waiting) => waiting !== undefined);
    return this.#waiting.length;
  }

  /** No pong comes any more. */
  failAll(error: Error): void {
    for (const waiting of this.#waiting) waiting?.reject(error);
    this.#waiting = [];
  }
}
