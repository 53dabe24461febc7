import type { Host, Notification, ToolCall } from "../src/protocol/host.ts";
import type { JsonValue, ToolDefinition, ToolKind } from "../src/protocol/values.ts";

/** What a tool is told about a call besides its input. */
export interface ToolContext {
  /** Aborted when the answer is no longer wanted: the cell was terminated or ended, the time was up, the turn closed. */
  readonly signal: AbortSignal;
  /** Never repeats in the session. */
  readonly callId: string;
  readonly cellId: string;
  /** Counts the offers of this call, from 1. Above 1 an earlier turn may have run it already (rule T6). */
  readonly attempt: number;
  /** The call's place in a trace (W3C Trace Context), to be gone on with in what the tool does. */
  readonly traceparent?: string | undefined;
}

/** A tool together with the function that answers for it. */
export interface Tool {
  readonly description: string;
  /** JSON Schema of the input, for the model. Not enforced. */
  readonly inputSchema?: { [key: string]: JsonValue } | undefined;
  /** JSON Schema of the result, for the model. Not enforced. */
  readonly outputSchema?: { [key: string]: JsonValue } | undefined;
  /** `function` takes any JSON value, `freeform` a string. Default: `function`. */
  readonly kind?: ToolKind | undefined;
  /** Milliseconds until a call rejects in the cell. Default: no limit. */
  readonly timeoutMs?: number | undefined;
  /**
   * Answers a call with a JSON value or a promise of one; what it throws rejects the call in the cell, with its message
   * and, if it has one, its string `code`. `input` is the call's first argument, undefined for none. The type that you
   * give it is a claim about what cells pass.
   */
  // A method, so that `run({ path }: { path: string })` is accepted.
  run(input: unknown, context: ToolContext): unknown;
}

/** Tools by their names. */
export type Tools = { readonly [name: string]: Tool };

/** A {@link Host} that answers for every tool itself, and the tools that it declares at first. */
export interface DeclaringHost extends Host {
  readonly tools: readonly ToolDefinition[];
}

/** What the gateway is told of tools: all but the functions. */
export function definitionsOf(tools: Tools): ToolDefinition[] {
  return Object.entries(tools).map(([name, { description, kind, inputSchema, outputSchema, timeoutMs }]) => {
    return { name, description, kind, inputSchema, outputSchema, timeoutMs };
  });
}

/** The convenient form of a host: a function for each tool and one for notifications. */
export class ToolHost implements Host {
  readonly #tools = new Map<string, Tool>();
  readonly #onNotify: Host["notify"];

  constructor(tools: Tools = {}, onNotify: Host["notify"] = () => {}) {
    this.adopt(tools);
    this.#onNotify = onNotify;
  }

  /** Answers for these tools too; those of before remain for the cells that know them. */
  adopt(tools: Tools): void {
    for (const [name, tool] of Object.entries(tools)) this.#tools.set(name, tool);
  }

  async invokeTool(call: ToolCall, signal: AbortSignal): Promise<unknown> {
    const { name, input, callId, cellId, attempt, traceparent } = call;
    const tool = this.#tools.get(name);
    if (!tool) throw new ToolUnavailableError(name);
    return tool.run(input, { signal, callId, cellId, attempt, traceparent });
  }

  notify(notification: Notification): void | Promise<void> {
    return this.#onNotify(notification);
  }
}

/** A call of a tool that this host has no function for. */
class ToolUnavailableError extends Error {
  override readonly name = "ToolUnavailableError";
  readonly code = "tool_unavailable";

  constructor(tool: string) {
    super(`tool ${JSON.stringify(tool)} is not available: this host does not have it`);
  }
}
