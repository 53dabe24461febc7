import { expect } from "vitest";
import type { ServerFrame } from "../../src/protocol/server-frames.ts";
import type { MemoryClient } from "../gateway/memory-gateway.ts";
import type { Ledger } from "./random-ledger.ts";
import { textsOf } from "./recording-waiter.ts";

interface Request {
  readonly frame: { readonly type: string; readonly cellId?: string };
  cellId: string | undefined;
  answers: number;
}

/** One turn, which checks each frame that it gets. */
export class RandomTurn {
  readonly client: MemoryClient;
  readonly requests = new Map<number, Request>();
  readonly #ledger: Ledger;
  /** How many items of each cell this turn was sent, beside those that earlier ones acknowledged. */
  readonly #sent = new Map<string, number>();
  readonly #offered = new Set<string>();
  #read = 0;
  #seq = 0;
  #acknowledged = 0;

  constructor(client: MemoryClient, ledger: Ledger) {
    this.client = client;
    this.#ledger = ledger;
    this.read();
  }

  /** Ids of requests that have no answer yet, the latest first. */
  get pending(): number[] {
    return [...this.requests]
      .filter(([, { answers }]) => answers === 0)
      .map(([id]) => id)
      .toReversed();
  }

  /** Calls that this turn was offered, whether they are open or not. */
  get offered(): string[] {
    return [...this.#offered];
  }

  /** Sends a request under a new id. */
  request(frame: { type: string; cellId?: string; [field: string]: unknown }): number {
    const id = this.requests.size + 1;
    this.requests.set(id, { frame, cellId: frame.cellId, answers: 0 });
    this.repeat(id);
    return id;
  }

  /** Sends it again, as after a reconnection. */
  repeat(id: number): void {
    this.client.send({ ...this.requests.get(id)?.frame, id });
  }

  /** Acknowledges all but the latest `short` frames. */
  acknowledge(short = 0): void {
    this.read();
    const seq = Math.max(this.#acknowledged, this.#seq - short);
    for (const frame of this.client.channel.sent) {
      if (!("content" in frame) || frame.seq > seq || frame.seq <= this.#acknowledged) continue;
      const cell = this.#ledger.cells.get(frame.cellId);
      if (cell) cell.acknowledged += frame.content.length;
    }
    this.#acknowledged = seq;
    this.client.send({ type: "ack", seq });
  }

  /** Checks all that has come since the last time. */
  read(): void {
    const { sent } = this.client.channel;
    for (; this.#read < sent.length; this.#read++) this.#hear(sent[this.#read]!);
    const waiters = new Map<string, number>();
    for (const id of this.pending) {
      const { frame, cellId } = this.requests.get(id)!;
      const place = `${frame.type === "terminate" ? "terminator" : "waiter"} of ${cellId}`;
      expect(waiters.get(place), `C9: one ${place}`).toBeUndefined();
      waiters.set(place, id);
    }
  }

  #hear(frame: ServerFrame): void {
    if ("seq" in frame && frame.type !== "welcome") expect(frame.seq, "seq counts").toBe((this.#seq += 1));
    if (frame.type === "started") this.#requestOf(frame.id).cellId = frame.cellId;
    else if ("id" in frame && frame.id !== undefined && frame.type !== "content") this.#answered(frame.id, frame.type);
    if ("cellId" in frame) this.#ledger.hear(frame);
    if ("content" in frame) this.#deliver(frame.cellId, textsOf(frame.content));
    if (frame.type !== "tool_call") return;
    expect(this.#offered, "T6: a turn is offered a call once").not.toContain(frame.callId);
    this.#offered.add(frame.callId);
  }

  #answered(id: number, type: string): void {
    const request = this.#requestOf(id);
    request.answers += 1;
    expect(request.answers, `one answer to ${request.frame.type} ${id}, got ${type} too`).toBe(1);
  }

  #deliver(cellId: string, texts: string[]): void {
    const cell = this.#ledger.cells.get(cellId);
    if (!cell) return expect(texts).toEqual([]);
    const start = this.#sent.get(cellId) ?? cell.acknowledged;
    expect(texts, "C6: once, in order").toEqual(cell.emitted.slice(start, start + texts.length));
    this.#sent.set(cellId, start + texts.length);
  }

  #requestOf(id: number): Request {
    const request = this.requests.get(id);
    if (!request) throw new Error(`got an answer to ${id}, which was not asked`);
    return request;
  }
}
