import { setTimeout as delay } from "node:timers/promises";
import type { Outcome } from "../../outcome.ts";
import { CellRequest } from "../../cell-request.ts";
import { RequestError } from "../../errors.ts";
import { PlainRequest } from "../../plain-request.ts";
import type { RequestFrame } from "../../requests.ts";
import type { Agent } from "../agent.ts";
import { complaintOfFailure } from "../expectation.ts";
import type { Samples } from "../samples.ts";
import { CellBook } from "./cell-book.ts";
import { type RecordedAction, type RecordedCell, startOf } from "./recorded-session.ts";
import type { ReplayHost } from "./replay-host.ts";
import type { ReplayTally } from "./replay-tally.ts";

/** What a {@link ReplayRun} needs. */
export interface ReplayRunOptions {
  readonly agent: Agent;
  /** Of the agent. */
  readonly host: ReplayHost;
  readonly speed: number;
  readonly samples: Samples;
  readonly timeoutMs: number;
  readonly tally: ReplayTally;
}

type CellFrame = Extract<RequestFrame, { type: "wait" | "terminate" }>;
type PlainFrame = Exclude<RequestFrame, { type: "execute" | "wait" | "terminate" | "hello" | "ack" | "ping" }>;

/**
 * Plays the client's side of a session again: each request at its time, but not before what had been answered by then is
 * answered again. Then it compares what came of the cells.
 */
export class ReplayRun {
  readonly #options: ReplayRunOptions;
  /** Of requests that were asked again: what they are called now. */
  readonly #ids = new Map<string, number>();
  /** What actions wait for: resolved when it is there, or will never be. */
  readonly #signs = new Map<string, Promise<void>>();
  /** Of cells of the trace: what they are called now. */
  readonly #cellIds = new Map<string, string>();
  readonly #books = new Map<string, CellBook>();
  readonly #refusals = new Map<string, string>();

  constructor(options: ReplayRunOptions) {
    this.#options = options;
  }

  /** Never rejects: what goes wrong is counted as an error. */
  async run(): Promise<void> {
    const { host, agent, speed, samples } = this.#options;
    const startedAt = performance.now();
    try {
      for (const action of host.session.actions) {
        for (const key of action.awaits) await this.#signs.get(key);
        const restMs = startedAt + action.atMs / speed - performance.now();
        if (restMs > 0) await delay(restMs);
        await this.#act(action);
      }
      await Promise.all(this.#signs.values());
      samples.record("session", performance.now() - startedAt, false);
    } catch (error) {
      samples.error("replay", String(error));
    }
    this.#compare();
    await agent.recover().catch(() => {});
  }

  async #act(action: RecordedAction): Promise<void> {
    const { agent, host } = this.#options;
    switch (action.type) {
      case "request":
        return this.#request(action.key, action.frame);
      case "follow": {
        const id = this.#ids.get(action.key);
        if (id !== undefined) agent.turn.follow({ type: action.tag, id });
        return;
      }
      case "cut":
        return agent.cut();
      case "leave":
        return agent.close();
      case "return":
        if (action.tools) host.declare(action.tools);
        return agent.resume(0);
      default:
        action satisfies never;
    }
  }

  #request(key: string, frame: RequestFrame): void {
    switch (frame.type) {
      case "execute":
        return this.#execute(key, frame);
      case "wait":
      case "terminate":
        return this.#ofCell(key, frame);
      default:
        return this.#plain(key, frame);
    }
  }

  #execute(key: string, frame: RequestFrame): void {
    const { host } = this.#options;
    const [recordedId, cell] = host.session.cells.entries().find(([, cell]) => cell.key === key) ?? [];
    const started = Promise.withResolvers<void>();
    const request = new CellRequest("execute", undefined, {
      onStarted: (cellId) => {
        started.resolve();
        if (recordedId === undefined || !cell) return;
        this.#cellIds.set(recordedId, cellId);
        host.began(cellId, cell, this.#book(recordedId));
      },
    });
    const answered = request.outcome.then((outcome) => this.#answered(recordedId, outcome));
    const settled = this.#ask(key, frame, request, answered);
    this.#signs.set(startOf(key), Promise.race([started.promise, settled]));
  }

  #ofCell(key: string, frame: CellFrame): void {
    const { tally } = this.#options;
    const cellId = this.#cellIds.get(frame.cellId);
    if (cellId === undefined) return tally.skip();
    const request = new CellRequest(frame.type, cellId);
    const answered = request.outcome.then((outcome) => this.#answered(frame.cellId, outcome));
    void this.#ask(key, { ...frame, cellId }, request, answered);
  }

  #plain(key: string, frame: PlainFrame): void {
    const tag = { set_tools: "ok", list_cells: "cells", stored_values: "stored_values" } as const;
    const request = new PlainRequest(frame.type in tag ? tag[frame.type as keyof typeof tag] : "ok");
    void this.#ask(
      key,
      frame,
      request,
      request.answered.then(() => {}),
    );
  }

  /** Asks, and resolves when nothing more comes of it. */
  #ask(
    key: string,
    frame: RequestFrame,
    request: CellRequest | PlainRequest<"ok" | "cells" | "stored_values">,
    done: Promise<void>,
  ): Promise<void> {
    const { agent, samples, timeoutMs } = this.#options;
    const { turn } = agent;
    const sentAt = performance.now();
    const id = turn.ask(frame, request);
    const timer = setTimeout(() => turn.giveUp(id, timeoutMs), timeoutMs);
    const settled = done
      .then(() => samples.record(frame.type, performance.now() - sentAt, false))
      .catch((error: unknown) => this.#failed(key, error))
      .finally(() => clearTimeout(timer));
    this.#ids.set(key, id);
    this.#signs.set(key, settled);
    return settled;
  }

  #answered(recordedId: string | undefined, { type, content, error }: Outcome): void {
    if (recordedId !== undefined) this.#book(recordedId).answered(type, content, error?.code);
  }

  /** A refusal is an outcome as any other, and compared. */
  #failed(key: string, error: unknown): void {
    if (error instanceof RequestError) this.#refusals.set(key, error.code);
    else {
      const complaint = complaintOfFailure(error, undefined);
      if (complaint) this.#options.samples.error(complaint.what, complaint.message);
    }
  }

  #book(recordedId: string): CellBook {
    const book = this.#books.get(recordedId) ?? new CellBook();
    this.#books.set(recordedId, book);
    return book;
  }

  #compare(): void {
    const { tally, host } = this.#options;
    const { name, cells, refusals, isPartial } = host.session;
    for (const [at, [recordedId, cell]] of [...cells].entries()) {
      this.#compareCell(`${name}, cell ${at + 1}`, recordedId, cell, isPartial);
    }
    for (const key of new Set([...refusals.keys(), ...this.#refusals.keys()])) {
      const [expected = "an answer", got = "an answer"] = [refusals.get(key), this.#refusals.get(key)];
      tally.add(expected === got ? undefined : `${name}, request ${key}: expected ${expected}, got ${got}`);
    }
  }

  #compareCell(what: string, recordedId: string, { book }: RecordedCell, isPartial: boolean): void {
    const { tally } = this.#options;
    // What the trace does not know cannot be another.
    if (!book.hasEnded) return tally.skip();
    const difference = book.differenceFrom(this.#books.get(recordedId), isPartial);
    tally.add(difference === undefined ? undefined : `${what}: ${difference}`);
  }
}
