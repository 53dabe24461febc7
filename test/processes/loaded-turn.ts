import type { ClientFrame } from "../../src/protocol/client-frames.ts";
import type { ServerFrame } from "../../src/protocol/server-frames.ts";
import type { RawTurn } from "../support/raw-turn.ts";

/** Requests that wait for their answers at a time. */
const WINDOW = 6;

/** Answers after which nothing more is said of a request. */
const finals: readonly string[] = ["yielded", "result", "terminated", "error", "cells", "stored_values", "ok"];

const quick = { type: "execute", source: `text("quick"); store("quick", 1)` };
const calls = { type: "execute", source: `text(await tools.soon(1)); notify("called")`, yieldMs: null };
const yields = { type: "execute", source: `text("a"); yield_control(); text(await tools.soon(2))`, yieldMs: null };
const hangs = { type: "execute", source: `text("hangs"); await tools.never()`, yieldMs: null };
const loops = { type: "execute", source: `text("loops"); while (true) {}`, yieldMs: null };

/** What is asked, over and over; a cell that hangs is terminated some requests later. */
const script = [quick, calls, yields, { type: "list_cells" }, hangs, quick, { type: "stored_values" }, calls] as const;

/** What a {@link LoadedTurn} does when the gateway goes down, and before. */
export interface LoadOptions {
  /** It asks for nothing new when it was told that the gateway goes down; otherwise it goes on until its socket closes. */
  readonly isPolite: boolean;
  /** One of its cells is an endless loop. */
  readonly isHot: boolean;
}

/** A turn that always has requests pending, of every kind, and knows what became of each. */
export class LoadedTurn {
  readonly raw: RawTurn;
  readonly #options: LoadOptions;
  /** Of each request, in the order of their ids: what answered it for good, by its tag, or the code of its error. */
  readonly answers: string[][] = [];
  /** Ids of the executes that were sent when the gateway was known to go down. */
  readonly tooLate = new Set<number>();
  #pending = 0;
  #hanging: string[] = [];
  #count = 0;
  #isTold = false;

  constructor(raw: RawTurn, options: LoadOptions) {
    this.raw = raw;
    this.#options = options;
    raw.socket.on("message", () => this.#take(raw.frames.at(-1) as ServerFrame));
  }

  async begin(): Promise<void> {
    const tools = ["soon", "never"].map((name) => ({ name, description: "" }));
    await this.raw.hello({ tools });
    if (this.#options.isHot) this.#ask(loops);
    while (this.#pending < WINDOW) this.#askNext();
  }

  /** Ids of the requests that nothing answered. */
  get unanswered(): number[] {
    return this.answers.flatMap((answers, index) => (answers.length === 0 ? [index + 1] : []));
  }

  #take(frame: ServerFrame): void {
    if ("seq" in frame && frame.seq % 5 === 0) this.raw.ack();
    if (frame.type === "drain") this.#isTold = true;
    if (frame.type === "tool_call" && frame.name === "soon") {
      setTimeout(() => this.raw.send({ type: "tool_result", callId: frame.callId, value: frame.input }), 5);
    }
    if (frame.type === "tool_call" && frame.name === "never") this.#hanging.push(frame.cellId);
    if (!("id" in frame) || frame.id === undefined || !finals.includes(frame.type)) return;
    this.answers[frame.id - 1]?.push(frame.type === "error" ? frame.code : frame.type);
    this.#pending -= 1;
    if (frame.type === "yielded") this.#ask({ type: "wait", cellId: frame.cellId, yieldMs: null });
    else if (!this.#isTold || !this.#options.isPolite) this.#askNext();
  }

  #askNext(): void {
    // A gateway that refuses at once is asked again a little later.
    if (this.#isTold) return void setTimeout(() => this.#ask(this.#next()), 1);
    this.#ask(this.#next());
  }

  #next(): object {
    this.#count += 1;
    const cellId = this.#hanging.length > 2 ? this.#hanging.shift() : undefined;
    return cellId === undefined ? script[this.#count % script.length]! : { type: "terminate", cellId };
  }

  #ask(request: object): void {
    if (this.raw.socket.readyState !== this.raw.socket.OPEN) return;
    this.answers.push([]);
    const id = this.answers.length;
    this.#pending += 1;
    if (this.#isTold && (request as ClientFrame).type === "execute") this.tooLate.add(id);
    this.raw.send({ ...request, id });
  }
}
