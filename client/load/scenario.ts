import type { Subprotocol } from "../../src/protocol/codec.ts";
import type { Outcome, OutcomeType } from "../outcome.ts";
import type { Distribution } from "./distribution.ts";
import type { ScenarioData } from "./scenario-data.ts";
import type { Template } from "./template.ts";

/** What many sockets do at once to a gateway, each in its turn like an agent. */
export interface Scenario {
  readonly name: string;
  /** What it is for, in a sentence. */
  readonly about: string;
  /** The tools that each turn declares, and how they behave. Default: none. */
  readonly tools?: { readonly [name: string]: ToolScript } | undefined;
  /** What a socket does next, one of these at a time, by their weights. At least one. */
  readonly flows: readonly Flow[];
  /**
   * Each socket does one of the flows, dealt out in turn, and that once; all run at the same time, and all count. Default:
   * false, each does one after the other, drawn by weight.
   */
  readonly once?: boolean | undefined;
  /** How much, for how long, where the command line says nothing. */
  readonly load?: LoadShape | undefined;
  /** Flags of a gateway that is spawned for it, such as `--cells=4000`. */
  readonly gatewayFlags?: readonly string[] | undefined;
  /** Default: `cellgate.v1.msgpack`. */
  readonly subprotocol?: Subprotocol | undefined;
}

/** How much load, for how long. */
export interface LoadShape {
  /** Default: 10. */
  readonly sockets?: number | undefined;
  /** Flows that begin each second, whether or not earlier ones have ended (open loop). */
  readonly rate?: number | undefined;
  /** Flows that run at any time, the next beginning when one ends (closed loop). Default, without `rate`: as many as sockets. */
  readonly concurrency?: number | undefined;
  /** Milliseconds over which the sockets connect. Default: one a socket. */
  readonly rampMs?: number | undefined;
  /** Milliseconds of flows before those that count. Default: 2,000, or none with `count`. */
  readonly warmUpMs?: number | undefined;
  /** Milliseconds of flows that count. Default: 10,000, unless `count` says how many. */
  readonly durationMs?: number | undefined;
  /** Flows that count. */
  readonly count?: number | undefined;
}

/** What a socket does from beginning to end, like an agent with a task. */
export interface Flow {
  /** In the result, beside the time that it took. Default: `flow`. */
  readonly name?: string | undefined;
  /** How often it is chosen, in proportion to the others. Default: 1. */
  readonly weight?: number | undefined;
  readonly steps: readonly Step[];
}

/** How a tool of the host behaves. */
export interface ToolScript {
  readonly description?: string | undefined;
  /** Milliseconds until it answers. `never`: it does not, and its cell is parked. Default: 0. */
  readonly latencyMs?: Distribution | "never" | undefined;
  /** How many of its calls fail, from 0 to 1, with the code `E_LOAD`. Default: 0. */
  readonly failureRate?: number | undefined;
  /** It answers with a text of so many bytes. Default: with its input. */
  readonly resultBytes?: Distribution | undefined;
  /** Milliseconds after which the gateway gives its call up. Default: none. */
  readonly timeoutMs?: number | undefined;
  /** In a module: what it answers with, after its latency. */
  readonly run?: ((input: unknown, data: ScenarioData) => unknown) | undefined;
}

/** One step of a flow; the next begins when it has ended. */
export type Step =
  | ExecuteStep
  | WaitStep
  | TerminateStep
  | ThinkStep
  | CutStep
  | ResumeStep
  | CloseStep
  | MeetStep
  | RepeatStep;

/** What steps have in common that a cell answers. */
interface CellStep {
  /** As in `execute` of `protocol.md`. Default: the gateway's own, 10,000. */
  readonly yieldMs?: number | null | undefined;
  readonly stream?: boolean | undefined;
  /** What the answer must be. Default: one without an error. */
  readonly expect?: Expectation | undefined;
}

/** Starts a cell, and goes on when it is answered. */
export interface ExecuteStep extends CellStep {
  readonly do: "execute";
  readonly source: Template;
  /** What later steps call the cell. Default: they mean the latest one. */
  readonly as?: string | undefined;
  /** Goes on when the cell is started; its answer is awaited at the end of the flow. Default: false. */
  readonly detached?: boolean | undefined;
}

/** Waits for a cell. */
export interface WaitStep extends CellStep {
  readonly do: "wait";
  readonly cell?: string | undefined;
  /** Waits again as long as the cell yields; it is the last answer that must be as expected. Default: false. */
  readonly untilEnd?: boolean | undefined;
}

/** Ends a cell. */
export interface TerminateStep {
  readonly do: "terminate";
  readonly cell?: string | undefined;
  readonly expect?: Expectation | undefined;
}

/** Does nothing for a while. */
export interface ThinkStep {
  readonly do: "think";
  readonly ms: Distribution;
}

/** Loses the socket, without a farewell. What was asked stays open, and is answered after `resume`. */
export interface CutStep {
  readonly do: "cut";
}

/** Comes back after `cut` within the same turn, after `close` with a new turn on the same session; tries until it can. */
export interface ResumeStep {
  readonly do: "resume";
  /** Milliseconds until the first try. Default: as the SDK does it, a random pause of up to 100. */
  readonly afterMs?: Distribution | undefined;
}

/** Closes the socket in good order. The session lives on; whatever was not answered is given up. */
export interface CloseStep {
  readonly do: "close";
}

/** Goes on when every socket of the load is here. Its scenario is one that they do `once`. */
export interface MeetStep {
  readonly do: "meet";
}

/** Does the steps so many times. */
export interface RepeatStep {
  readonly do: "repeat";
  readonly times: Distribution;
  readonly steps: readonly Step[];
}

/** What an answer must be. In a module it may be a function, which says what is wrong, if anything is. */
export type Expectation = ExpectedAnswer | ((outcome: Outcome, data: ScenarioData) => string | undefined);

/** What is left out is not looked at, but for an error, which there must not be. */
export interface ExpectedAnswer {
  /** `result`, `yielded` or `terminated`, or several of them. */
  readonly type?: OutcomeType | readonly OutcomeType[] | undefined;
  /** Codes of the cell's error that are as good as none; `""` is none. Default: `""` alone. */
  readonly error?: string | readonly string[] | undefined;
  /** Codes with which the request may be refused. Default: none. */
  readonly refused?: string | readonly string[] | undefined;
  /** All text items, with a line feed between two. */
  readonly text?: Template | undefined;
  /** How long that text is, in characters. */
  readonly textLength?: number | undefined;
  /** How many tool calls the cell made. */
  readonly toolCalls?: number | undefined;
  /** How many notifications of the cell came before the answer, or before it yielded. */
  readonly notifications?: number | undefined;
}
