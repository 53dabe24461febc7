import { signal } from "@preact/signals";
import type { Host, JsonValue, ToolCall } from "../../index.ts";
import { Kept } from "../kept.ts";

/** How a call is answered: with a value, or with an error that rejects it in the cell. */
export type Answer =
  | { readonly type: "resolve"; readonly value?: JsonValue | undefined }
  | { readonly type: "reject"; readonly message: string; readonly code?: string | undefined };

/** A call that waits for a person. */
export interface OpenCall {
  readonly call: ToolCall;
  readonly madeAtMs: number;
  /** Ignored where the answer is no longer wanted. */
  answer(answer: Answer): void;
}

/** What a person answers to tool calls, and what is answered in their place from then on. */
export class Answers implements Pick<Host, "invokeTool"> {
  /** The calls that wait, in order. */
  readonly open = signal<readonly OpenCall[]>([]);
  /** Answers that are given without asking, by the names of the tools. */
  readonly canned = signal<{ readonly [tool: string]: Answer }>({});
  readonly #kept = new Kept("playground.answers", "cleared");
  readonly #nowMs: () => number;

  /** `nowMs` is the gateway's clock. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    try {
      this.canned.value = JSON.parse(this.#kept.get() ?? "{}") as { [tool: string]: Answer };
    } catch {
      // What another version kept is forgotten.
    }
  }

  /** Gives this answer to all calls of the tool, or, without one, asks again. */
  keep(tool: string, answer: Answer | undefined): void {
    const { [tool]: _, ...others } = this.canned.value;
    this.canned.value = answer ? { ...others, [tool]: answer } : others;
    this.#kept.set(JSON.stringify(this.canned.value));
  }

  async invokeTool(call: ToolCall, cancelled: AbortSignal): Promise<unknown> {
    const canned = this.canned.peek()[call.name];
    const answer = canned ?? (await this.#ask(call, cancelled));
    if (answer.type === "resolve") return answer.value;
    throw Object.assign(new Error(answer.message), { code: answer.code });
  }

  #ask(call: ToolCall, cancelled: AbortSignal): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const remove = () => {
        this.open.value = this.open.value.filter((open) => open !== asked);
      };
      const asked: OpenCall = {
        call,
        madeAtMs: this.#nowMs(),
        answer: (answer) => {
          remove();
          resolve(answer);
        },
      };
      cancelled.addEventListener("abort", () => {
        remove();
        reject(cancelled.reason as Error);
      });
      this.open.value = [...this.open.value, asked];
    });
  }
}
