import type { Target } from "./abuse.ts";

/** The numbers that a gateway tells of itself, at one time. */
export class Numbers {
  readonly #text: string;

  static async of({ url, token }: Target): Promise<Numbers> {
    const headers = { Authorization: `Bearer ${token}` };
    const response = await fetch(new URL("/metrics", url.replace("ws:", "http:")), { headers });
    return new Numbers(await response.text());
  }

  private constructor(text: string) {
    this.#text = text;
  }

  /** Sockets that have been closed by this code. */
  closes(code: number): number {
    return this.#number(`cellgate_closes_total{code="${code}"}`);
  }

  /** Milliseconds that the gateway's event loop was late at most, since it was last asked for its numbers. */
  get lagMs(): number {
    return this.#number('cellgate_event_loop_lag_seconds{quantile="1"}') * 1_000;
  }

  #number(series: string): number {
    const line = this.#text.split("\n").find((each) => each.startsWith(`${series} `));
    return Number(line?.slice(series.length) ?? 0);
  }
}
