import type { IncomingMessage, ServerResponse } from "node:http";
import type { Admission, Refusal } from "./admission.ts";
import type { Metrics } from "./metrics.ts";
import type { StaticFiles } from "./static-files.ts";
import { pathOf, TURN_PATH } from "./turn-path.ts";

/** Who may read the metrics: whoever reaches them, or whoever has a token with the scope `observe` or `admin`. */
export type MetricsAccess = "open" | "admin";

/** What {@link PlainHttp} needs. */
export interface PlainHttpOptions {
  readonly admission: Admission;
  readonly metrics: Metrics;
  readonly metricsAccess: MetricsAccess;
  /** The dashboard; its page, `index.html`, is served at `/`. */
  readonly dashboard: StaticFiles;
  /** Why no turn should be sent here now; undefined: it may. */
  readonly unready: () => string | undefined;
  /** Hears of what should not happen. */
  readonly report: (error: unknown) => void;
}

interface Answer {
  readonly status: number;
  readonly body: string | Uint8Array;
  readonly headers?: { readonly [name: string]: string } | undefined;
}

const expectsUpgrade: Answer = {
  status: 426,
  body: "turns are WebSockets: expected an upgrade\n",
  headers: { Upgrade: "websocket" },
};

/** Answers requests that are no upgrades: health, readiness, metrics, the dashboard, and what is wrong with the others. */
export class PlainHttp {
  readonly #options: PlainHttpOptions;
  readonly #answers = new Map<string, (request: IncomingMessage) => Answer | Promise<Answer>>([
    ["/healthz", () => ({ status: 200, body: "ok\n" })],
    ["/readyz", () => this.#ready()],
    ["/metrics", (request) => this.#metrics(request)],
    [TURN_PATH, () => expectsUpgrade],
  ]);

  constructor(options: PlainHttpOptions) {
    this.#options = options;
  }

  /** Answers the request. Rejects where that fails, before anything was sent. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, body, headers } = await this.#answer(request);
    const always = { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" };
    const length = status === 304 ? {} : { "Content-Length": Buffer.byteLength(body) };
    response.writeHead(status, { ...always, ...length, ...headers }).end(body);
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const path = pathOf(request) ?? "";
    const answer = this.#answers.get(path) ?? (await this.#fileAt(path, request));
    if (!answer) return { status: 404, body: `nothing here: turns connect at ${TURN_PATH}\n` };
    if (request.method !== "GET" && request.method !== "HEAD") {
      return { status: 405, body: "expected GET\n", headers: { Allow: "GET, HEAD" } };
    }
    return typeof answer === "function" ? answer(request) : answer;
  }

  async #fileAt(path: string, request: IncomingMessage): Promise<Answer | undefined> {
    // A name has no slash, so that whatever is no file of the dashboard is answered without looking at them.
    const [, name] = /^\/([^/]*)$/.exec(path) ?? [];
    if (name === undefined) return undefined;
    try {
      return await this.#options.dashboard.answer(name === "" ? "index.html" : name, request);
    } catch (error) {
      this.#options.report(error);
      return { status: 503, body: "the dashboard is not there: its files cannot be read\n" };
    }
  }

  #ready(): Answer {
    const unready = this.#options.unready();
    return unready === undefined ? { status: 200, body: "ready\n" } : { status: 503, body: `${unready}\n` };
  }

  async #metrics(request: IncomingMessage): Promise<Answer> {
    const { metrics } = this.#options;
    const refusal = await this.#refusalOf(request);
    if (refusal) return { status: refusal.status, body: `${refusal.reason}\n`, headers: refusal.headers };
    return { status: 200, body: await metrics.text(), headers: { "Content-Type": metrics.contentType } };
  }

  async #refusalOf(request: IncomingMessage): Promise<Refusal | undefined> {
    const { admission, metricsAccess } = this.#options;
    // Open, but not to pages: their browsers say where they come from.
    if (metricsAccess === "open") return admission.refusalOfOrigin(request);
    const admitted = await admission.admit(request, "observe", "admin");
    return "status" in admitted ? admitted : undefined;
  }
}
