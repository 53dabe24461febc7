import { onTestFailed } from "vitest";
import type { ExecuteFrame, HelloFrame, WaitFrame } from "../../src/protocol/client-frames.ts";
import type { ServerFrame, WelcomeFrame } from "../../src/protocol/server-frames.ts";
import type { ContentItem, ToolDefinition } from "../../src/protocol/values.ts";
import type { RawTurn, Subprotocol } from "../support/raw-turn.ts";
import type { TestGateway } from "../support/running-gateway.ts";

/** A cell that the gateway has said `started` of. */
export interface StartedCell {
  /** Of its `execute`. */
  readonly id: number;
  readonly cellId: string;
}

type Fields<Frame> = Omit<Partial<Frame>, "type" | "id">;
type Request = { readonly type: string; readonly [field: string]: unknown };

/** A tool that answers when the test says so: a cell that calls it is at a known place, and stays there. */
export const hold: ToolDefinition = { name: "hold", description: "Waits for the test." };

/** A cell that never ends by itself, and burns nothing. */
export const FOREVER = "await new Promise(() => {})";

/** A raw turn that has said hello and numbers its requests. Like a raw one it acknowledges nothing by itself. */
export class CellTurn {
  readonly raw: RawTurn;
  readonly welcome: WelcomeFrame;
  #lastId = 0;

  /** Opens a turn on a new session, or on that of another turn, with the tool {@link hold} unless told otherwise. */
  static async open(gateway: TestGateway, hello: OpenOptions = {}): Promise<CellTurn> {
    const { subprotocol, after, ...fields } = hello;
    const raw = await gateway.open(subprotocol);
    // Where a test waits for a frame in vain, what came in its place says why.
    onTestFailed(() => console.log("the last frames:", raw.frames.slice(-10)));
    return new CellTurn(raw, await raw.hello({ tools: [hold], ...after?.session, ...fields }));
  }

  constructor(raw: RawTurn, welcome: WelcomeFrame) {
    this.raw = raw;
    this.welcome = welcome;
  }

  /** What attaches a later turn to the same session. */
  get session(): { sessionId: string; sessionToken: string } {
    const { sessionId, sessionToken } = this.welcome;
    return { sessionId, sessionToken };
  }

  readonly next: RawTurn["next"] = (type, fields) => this.raw.next(type, fields);

  /** Sends a request under an id of its own, which it returns. */
  ask(frame: Request): number {
    this.#lastId += 1;
    this.raw.send({ ...frame, id: this.#lastId });
    return this.#lastId;
  }

  /** Sends `execute` and waits for `started`. */
  async start(source: string, fields: Fields<ExecuteFrame> = {}): Promise<StartedCell> {
    const id = this.ask({ type: "execute", source, ...fields });
    const { cellId } = await this.next("started", { id });
    return { id, cellId };
  }

  /** The same, and waits until the cell has called {@link hold}: all that it did before has come to the gateway. */
  async startAndHold(source: string, fields: Fields<ExecuteFrame> = {}): Promise<StartedCell & { callId: string }> {
    const cell = await this.start(source, { yieldMs: null, ...fields });
    const { callId } = await this.next("tool_call", { cellId: cell.cellId });
    return { ...cell, callId };
  }

  /** Starts a cell that nobody waits for, and waits until its end was pushed. */
  async startAndFinish(source: string): Promise<StartedCell> {
    const cell = await this.start(source, { yieldMs: 0 });
    await this.next("yielded", { id: cell.id });
    await this.next("cell_finished", { cellId: cell.cellId });
    return cell;
  }

  /** Runs a source that ends soon, and gives its `result`. */
  async run(source: string, fields: Fields<ExecuteFrame> = {}) {
    const id = this.ask({ type: "execute", source, yieldMs: null, ...fields });
    return this.next("result", { id });
  }

  /** Sends `wait`; never answered with `yielded` unless told otherwise. Returns its id. */
  wait(cellId: string, fields: Fields<WaitFrame> = {}): number {
    return this.ask({ type: "wait", cellId, yieldMs: null, ...fields });
  }

  /** Sends `terminate` and returns its id. */
  terminate(cellId: string): number {
    return this.ask({ type: "terminate", cellId });
  }

  /** Answers a call of {@link hold}. */
  release(callId: string): void {
    this.raw.send({ type: "tool_result", callId });
  }

  /** The texts of all content that has come for a request, in its answer and ahead of it. */
  textsTo(id: number): string[] {
    const frames = this.raw.frames.filter((frame) => "id" in frame && frame.id === id);
    return textsOf(frames.flatMap((frame) => ("content" in frame ? frame.content : [])));
  }

  /** Tags of all that has come with this field, in order: a request's `id`, or a `cellId`. */
  tagsOf(field: "id" | "cellId", value: number | string): ServerFrame["type"][] {
    const frames = this.raw.frames as readonly { type: ServerFrame["type"]; id?: number; cellId?: string }[];
    return frames.filter((frame) => frame[field] === value).map(({ type }) => type);
  }
}

/** How {@link CellTurn.open} connects. */
interface OpenOptions extends Omit<HelloFrame, "type"> {
  readonly subprotocol?: Subprotocol | undefined;
  /** The turn whose session this one attaches to. */
  readonly after?: CellTurn | undefined;
}

/** The texts of content, the pieces of one item joined. Images come as their URLs. */
export function textsOf(content: readonly ContentItem[]): string[] {
  const texts: string[] = [];
  let piece = "";
  for (const item of content) {
    piece += item.type === "text" ? item.text : item.imageUrl;
    if (item.more) continue;
    texts.push(piece);
    piece = "";
  }
  if (piece !== "") throw new Error("the last item should go on, and there is none");
  return texts;
}

/** Prints a measured time, with what was aimed at. */
export function printTime(what: string, ms: number, aimMs: number): void {
  console.log(`${what}: ${ms.toFixed(1)} ms (aim: ${aimMs} ms)`);
}
