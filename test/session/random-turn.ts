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

/** One turn, on one socket after another, which checks each frame that it gets. */
export class RandomTurn {
  client: MemoryClient;
  readonly requests = new Map<number, Request>();
  readonly #ledger: Ledger;
  readonly #number: number;
  /** How many items of each cell this turn was sent, beside those that were acknowledged before. */
  readonly #sent = new Map<string, number>();
  readonly #offered = new Set<string>();
  /** The frames that came, by their numbers. */
  readonly #frames = new Map<number, ServerFrame>();
  /** How many notifications were heard or acknowledged, the ones before this turn among them. */
  #heard: number;
  #read = 0;
  #seq = 0;
  #acknowledged = 0;

  constructor(client: MemoryClient, ledger: Ledger) {
    this.client = client;
    this.#ledger = ledger;
    this.#heard = ledger.acknowledgedNotifications;
    this.#number = client.welcome.turn;
    this.read();
  }

  /**
   * Goes on over another socket, as a client that has not received the latest `short` frames, and sends again what it has
   * no answer to.
   */
  resume(client: MemoryClient, credentials: object, short: number): void {
    const lastSeq = Math.max(this.#acknowledged, this.#seq - short);
    this.client = client;
    this.#read = 0;
    const { resumed, seq, turn } = client.hello({ ...credentials, turn: this.#number, lastSeq });
    expect(turn).toBe(this.#number);
    this.#note(lastSeq);
    if (resumed) expect(seq).toBe(lastSeq);
    else this.#forget(lastSeq, seq);
    this.#seq = seq;
    this.#hearAll();
    for (const id of this.pending.toReversed()) this.repeat(id);
  }

  /** The frames behind `lastSeq` were lost: what depended on them begins again. */
  #forget(lastSeq: number, seq: number): void {
    for (let lost = lastSeq + 1; lost <= seq; lost++) {
      const frame = this.#frames.get(lost);
      this.#frames.delete(lost);
      if (!frame || !("id" in frame) || frame.id === undefined) continue;
      const request = this.#requestOf(frame.id);
      if (frame.type !== "started" && frame.type !== "content") request.answers = 0;
    }
    this.#sent.clear();
    this.#offered.clear();
    this.#heard = this.#ledger.acknowledgedNotifications;
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
    this.#note(seq);
    this.client.send({ type: "ack", seq });
  }

  /** All up to `seq` was delivered for good. */
  #note(seq: number): void {
    for (; this.#acknowledged < seq; this.#acknowledged += 1) {
      const frame = this.#frames.get(this.#acknowledged + 1);
      if (frame?.type === "notify") this.#ledger.acknowledgedNotifications += 1;
      if (!frame || !("content" in frame)) continue;
      const cell = this.#ledger.cells.get(frame.cellId);
      if (cell) cell.acknowledged += frame.content.length;
    }
  }

  /** Checks all that has come since the last time. */
  read(): void {
    this.#hearAll();
    const waiters = new Map<string, number>();
    for (const id of this.pending) {
      const { frame, cellId } = this.requests.get(id)!;
      const place = `${frame.type === "terminate" ? "terminator" : "waiter"} of ${cellId}`;
      expect(waiters.get(place), `C9: one ${place}`).toBeUndefined();
      waiters.set(place, id);
    }
  }

  #hearAll(): void {
    const { sent } = this.client.channel;
    for (; this.#read < sent.length; this.#read++) this.#hear(sent[this.#read]!);
  }

  #hear(frame: ServerFrame): void {
    if ("seq" in frame && frame.type !== "welcome") {
      expect(frame.seq, "seq counts").toBe((this.#seq += 1));
      const earlier = this.#frames.get(frame.seq);
      if (earlier) return expect(frame, "what is sent again is the same").toEqual(earlier);
      this.#frames.set(frame.seq, frame);
    }
    if (frame.type === "notify") {
      expect(frame.text, "T10: notifications in order, none left out").toBe(this.#ledger.notifications[this.#heard]);
      this.#heard += 1;
    }
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
