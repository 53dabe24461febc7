import type { ClientFrame, HelloFrame, ToolErrorFrame, ToolResultFrame } from "../../../src/protocol/client-frames.ts";
import type { ServerFrame, ToolCallFrame } from "../../../src/protocol/server-frames.ts";
import type { ToolDefinition } from "../../../src/protocol/values.ts";
import { ContentJoiner } from "../../content-joiner.ts";
import type { RequestFrame } from "../../requests.ts";
import { CellBook } from "./cell-book.ts";
import {
  type Deed,
  type RecordedAction,
  type RecordedCall,
  type RecordedCell,
  type RecordedSession,
  startOf,
} from "./recorded-session.ts";

interface Cell extends RecordedCell {
  readonly calls: RecordedCall[];
}

interface OpenCall {
  readonly calls: RecordedCall[];
  readonly index: number;
  readonly offeredAtMs: number;
}

type ContentFrame = Extract<ServerFrame, { type: "content" | "yielded" | "result" | "terminated" }>;

/** Makes a session of its frames, one after the other. */
export class SessionReader {
  readonly #name: string;
  readonly #cells = new Map<string, Cell>();
  readonly #refusals = new Map<string, string>();
  readonly #actions: RecordedAction[] = [];
  /** Requests that were asked: after a cut they are asked once more. */
  readonly #asked = new Set<string>();
  readonly #joiners = new Map<string, ContentJoiner>();
  readonly #calls = new Map<string, OpenCall>();
  /** Tools that were called, for a trace that begins too late to tell which were declared. */
  readonly #called = new Map<string, ToolDefinition>();
  #tools: readonly ToolDefinition[] | undefined;
  #awaits: string[] = [];
  #startedAtMs: number | undefined;
  #turn = 1;
  #lastSeq = 0;
  #hasSocket = true;
  #isPartial = false;

  constructor(name: string) {
    this.#name = name;
  }

  get session(): RecordedSession {
    // Whoever left at the end did not come back.
    const last = this.#actions.findLastIndex(({ type }) => type !== "cut" && type !== "leave");
    return {
      name: this.#name,
      tools: this.#tools ?? [...this.#called.values()],
      actions: this.#actions.slice(0, last + 1),
      cells: this.#cells,
      refusals: this.#refusals,
      isPartial: this.#isPartial,
    };
  }

  /** A frame of the client. */
  sent(frame: ClientFrame, atMs: number): void {
    switch (frame.type) {
      case "hello":
        return this.#hello(frame, atMs);
      case "execute":
      case "wait":
      case "terminate":
      case "set_tools":
      case "list_cells":
      case "stored_values":
      case "replace_stored_values":
        return this.#request(frame, atMs);
      case "yield":
      case "cancel":
        return this.#act({ type: "follow", key: this.#key(frame.id), tag: frame.type }, atMs);
      case "tool_result":
      case "tool_error":
        return this.#answer(frame, atMs);
      case "end_session": // whoever plays it ends a session of its own
      case "ack":
      case "ping":
        return;
      default:
        frame satisfies never;
    }
  }

  /** A frame of the gateway. */
  received(frame: ServerFrame, atMs: number): void {
    if ("seq" in frame && frame.type !== "welcome") {
      // After a cut, some may come once more.
      if (frame.seq <= this.#lastSeq) return;
      this.#lastSeq = frame.seq;
    }
    switch (frame.type) {
      case "started":
        this.#cells.set(frame.cellId, { key: this.#key(frame.id), book: new CellBook(), calls: [] });
        this.#awaits.push(startOf(this.#key(frame.id)));
        return;
      case "content":
      case "yielded":
      case "result":
      case "terminated":
        return this.#content(frame);
      case "error":
        if (frame.id === undefined) return;
        this.#refusals.set(this.#key(frame.id), frame.code);
        return this.#settled(frame.id);
      case "cells":
      case "stored_values":
      case "ok":
        return this.#settled(frame.id);
      case "tool_call":
        return this.#call(frame, atMs);
      case "notify":
        this.#cells.get(frame.cellId)?.book.notified(frame.text);
        return;
      case "tool_cancel":
      case "cell_finished":
      case "cell_closed":
      case "pong":
      case "drain":
      case "welcome":
        return;
      default:
        frame satisfies never;
    }
  }

  /** The socket ended. `inOrder`: the client closed it. */
  closed(inOrder: boolean, atMs: number): void {
    if (!this.#hasSocket) return;
    this.#hasSocket = false;
    this.#act({ type: inOrder ? "leave" : "cut" }, atMs);
  }

  /** A frame of the gateway is not in the trace. */
  leftOut(): void {
    this.#isPartial = true;
  }

  #hello({ turn, tools = [] }: HelloFrame, atMs: number): void {
    if (this.#startedAtMs === undefined) {
      this.#startedAtMs = atMs;
      this.#tools = tools;
      return;
    }
    const isResumed = turn !== undefined;
    // Where the end of the socket before is not in the trace, it was over by now.
    this.closed(!isResumed, atMs);
    this.#hasSocket = true;
    if (!isResumed) {
      this.#turn += 1;
      this.#lastSeq = 0;
      this.#joiners.clear();
    }
    this.#act({ type: "return", tools: isResumed ? undefined : tools }, atMs);
  }

  #request(frame: RequestFrame & { readonly id: number }, atMs: number): void {
    const key = this.#key(frame.id);
    if (this.#asked.has(key)) return;
    this.#asked.add(key);
    // What was acknowledged then says nothing about another turn.
    this.#act({ type: "request", key, frame: { ...frame, ack: undefined } }, atMs);
  }

  #content(frame: ContentFrame): void {
    const key = this.#key(frame.id);
    const joiner = this.#joiners.get(key) ?? new ContentJoiner();
    this.#joiners.set(key, joiner);
    const items = joiner.add(frame.content);
    const error = frame.type === "result" ? frame.error?.code : undefined;
    const { book } = this.#cells.get(frame.cellId) ?? {};
    if (frame.type === "content") return book?.answered(undefined, items);
    book?.answered(frame.type, [...items, ...joiner.end()], error);
    this.#settled(frame.id);
  }

  #call({ callId, cellId, name, kind, input }: ToolCallFrame, atMs: number): void {
    this.#called.set(name, { name, kind, description: "" });
    const calls = this.#cells.get(cellId)?.calls;
    if (!calls || this.#calls.has(callId)) return;
    this.#calls.set(callId, { calls, index: calls.length, offeredAtMs: atMs });
    calls.push({ name, input, answer: undefined });
  }

  #answer(frame: ToolResultFrame | ToolErrorFrame, atMs: number): void {
    const { calls, index, offeredAtMs } = this.#calls.get(frame.callId) ?? {};
    const call = calls?.[index ?? 0];
    if (!calls || index === undefined || offeredAtMs === undefined || !call || call.answer) return;
    calls[index] = { ...call, answer: { afterMs: atMs - offeredAtMs, frame } };
  }

  #settled(id: number): void {
    this.#awaits.push(this.#key(id));
  }

  #act(deed: Deed, atMs: number): void {
    this.#startedAtMs ??= atMs;
    this.#actions.push({ ...deed, atMs: atMs - this.#startedAtMs, awaits: this.#awaits });
    this.#awaits = [];
  }

  #key(id: number): string {
    return `${this.#turn}.${id}`;
  }
}
