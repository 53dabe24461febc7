import { CodecError } from "../src/protocol/codec-error.ts";
import type { Host } from "../src/protocol/host.ts";
import type { Limits } from "../src/protocol/limits.ts";
import type { ToolCallFrame, ToolCancelFrame, WelcomeFrame } from "../src/protocol/server-frames.ts";
import { ToolCancelledError } from "./errors.ts";
import { jsonCopy, JsonCopyError, type JsonLimits } from "./json-copy.ts";
import type { ToolAnswer } from "./kept-answers.ts";

/** What a {@link HostRunner} needs of its turn. */
export interface HostRunnerOptions {
  readonly host: Host;
  readonly limits: JsonLimits & Pick<Limits, "valueDepth">;
  /** Sends an answer; throws a `CodecError` where it does not fit a frame. */
  send(answer: ToolAnswer): void;
}

/**
 * Has the host answer tool calls, all at the same time (rule T4), each once (rule T6). A call is answered, or cancelled,
 * or the turn is over: nothing that a handler does makes it hang (rule T9). A cut does not disturb a handler; an offer that
 * comes again after it is not run again, for whoever sends the answers keeps them until they have arrived.
 */
export class HostRunner {
  readonly #options: HostRunnerOptions;
  readonly #running = new Map<string, AbortController>();
  /** The ids of each cell's calls, so that one that is offered twice runs once. */
  readonly #seen = new Map<string, Set<string>>();

  constructor(options: HostRunnerOptions) {
    this.#options = options;
  }

  call(frame: ToolCallFrame): void {
    const { callId, cellId } = frame;
    const seen = this.#seen.get(cellId) ?? new Set();
    if (seen.has(callId)) return;
    this.#seen.set(cellId, seen.add(callId));
    const controller = new AbortController();
    this.#running.set(callId, controller);
    void this.#run(frame, controller.signal);
  }

  /** The answer is no longer wanted (rule T7): the handler is told, and what it still says is not sent. */
  cancel({ callId, reason }: Pick<ToolCancelFrame, "callId" | "reason">): void {
    const controller = this.#running.get(callId);
    this.#running.delete(callId);
    controller?.abort(new ToolCancelledError(reason));
  }

  /**
   * Connected again. Where frames were missed, `tool_cancel` and `cell_closed` may be among them: what is not open any more
   * is over.
   */
  resumed({ resumed, openCalls, cells }: WelcomeFrame): void {
    if (resumed) return;
    const open = new Set(openCalls);
    for (const callId of this.#running.keys()) {
      if (!open.has(callId)) this.cancel({ callId, reason: "ended" });
    }
    const live = new Set(cells.map(({ cellId }) => cellId));
    for (const cellId of this.#seen.keys()) if (!live.has(cellId)) this.forget(cellId);
  }

  /** The cell is closed: none of its calls comes again. */
  forget(cellId: string): void {
    this.#seen.delete(cellId);
  }

  /** The turn is over. */
  abortAll(reason: Error): void {
    const running = [...this.#running.values()];
    this.#running.clear();
    for (const controller of running) controller.abort(reason);
  }

  async #run(frame: ToolCallFrame, signal: AbortSignal): Promise<void> {
    const answer = await this.#answer(frame, signal);
    if (this.#running.delete(frame.callId)) this.#send(answer, frame.name);
  }

  async #answer(frame: ToolCallFrame, signal: AbortSignal): Promise<ToolAnswer> {
    const { callId, cellId, name, kind, input, attempt = 1, timeoutMs, traceparent } = frame;
    const call = { callId, cellId, name, kind, input, attempt, timeoutMs, traceparent };
    let result: unknown;
    try {
      result = await this.#options.host.invokeTool(call, signal);
    } catch (thrown) {
      return { type: "tool_error", callId, ...describe(thrown) };
    }
    const { limits } = this.#options;
    try {
      return { type: "tool_result", callId, value: jsonCopy(result, "result", limits.valueDepth, limits) };
    } catch (thrown) {
      const code = thrown instanceof JsonCopyError && thrown.overLimit ? "result_too_large" : "bad_result";
      return { type: "tool_error", callId, code, message: `tool ${JSON.stringify(name)}: ${describe(thrown).message}` };
    }
  }

  #send(answer: ToolAnswer, name: string): void {
    try {
      this.#options.send(answer);
    } catch (error) {
      if (!(error instanceof CodecError)) throw error;
      const what = answer.type === "tool_result" ? "result" : "error";
      const message = `tool ${JSON.stringify(name)}: its ${what} does not fit a frame: ${error.message}`;
      this.#options.send({ type: "tool_error", callId: answer.callId, code: "result_too_large", message });
    }
  }
}

/** What the cell is told of something that was thrown, whatever it is. */
function describe(thrown: unknown): { message: string; code?: string | undefined } {
  try {
    if (!(thrown instanceof Error)) return { message: String(thrown) };
    const code = "code" in thrown && typeof thrown.code === "string" ? thrown.code : undefined;
    const { message } = thrown as { message: unknown };
    return { message: String(message), code };
  } catch {
    return { message: "the tool threw something that cannot be shown as text" };
  }
}
