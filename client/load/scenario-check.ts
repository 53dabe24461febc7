import {
  type Check,
  exactly,
  isBoolean,
  isString,
  listOf,
  mapOf,
  nameOf,
  nullable,
  oneOf,
  optional,
  type Problem,
} from "../../src/protocol/check.ts";
import type { Distribution } from "./distribution.ts";
import type {
  CloseStep,
  CutStep,
  ExecuteStep,
  ExpectedAnswer,
  Expectation,
  Flow,
  LoadShape,
  MeetStep,
  RepeatStep,
  ResumeStep,
  Scenario,
  Step,
  TerminateStep,
  ThinkStep,
  ToolScript,
  WaitStep,
} from "./scenario.ts";
import type { Template } from "./template.ts";

const wrong = (expected: string, value: unknown): Problem => ({ path: "", expected, got: nameOf(value) });

function someOf<T>(check: Check<T>): Check<readonly T[]> {
  const list = listOf(check);
  return (value) => (Array.isArray(value) && value.length === 0 ? wrong("one at least", value) : list(value));
}

/** One, or a list of them. */
function oneOrSome<T>(check: Check<T>): Check<T | readonly T[]> {
  return (value) => (Array.isArray(value) ? someOf(check)(value) : check(value));
}

/** A function, in a module; or what the check passes. */
function functionOr<T>(check: Check<Exclude<T, (...args: never[]) => unknown>>): Check<T> {
  return (value) => (typeof value === "function" ? undefined : check(value));
}

const isFunction: Check<NonNullable<ToolScript["run"]>> = (value) =>
  typeof value === "function" ? undefined : wrong("a function", value);

function numberFrom(min: number, max = Infinity): Check<number> {
  const expected = max === Infinity ? `a number from ${min}` : `a number from ${min} to ${max}`;
  return (value) => (typeof value === "number" && value >= min && value <= max ? undefined : wrong(expected, value));
}

const isAmount = numberFrom(0);
const isPair: Check<readonly [number, number]> = (value) =>
  Array.isArray(value) && value.length === 2 ? listOf(isAmount)(value) : wrong("two numbers", value);

/** Which check a distribution has to pass is said by its one field. */
const isDistribution: Check<Distribution> = (value) => {
  if (typeof value === "number") return isAmount(value);
  if (typeof value !== "object" || value === null) return wrong("a number or a distribution", value);
  if ("uniform" in value) return exactly<{ uniform: readonly [number, number] }>({ uniform: isPair })(value);
  if ("exponential" in value) {
    const inner = exactly<{ mean: number; max?: number | undefined }>({ mean: isAmount, max: optional(isAmount) });
    return exactly<{ exponential: object }>({ exponential: inner as Check<object> })(value);
  }
  const inner = exactly<{ median: number; p99: number }>({ median: numberFrom(0.001), p99: numberFrom(0.001) });
  return exactly<{ lognormal: object }>({ lognormal: inner as Check<object> })(value);
};

const isTemplate: Check<Template> = functionOr<Template>(isString);

const outcomeType = oneOf("yielded", "result", "terminated");

const isExpectation: Check<Expectation> = functionOr<Expectation>(
  exactly<ExpectedAnswer>({
    type: optional(oneOrSome(outcomeType)),
    error: optional(oneOrSome(isString)),
    refused: optional(oneOrSome(isString)),
    text: optional(isTemplate),
    textLength: optional(isAmount),
    toolCalls: optional(isAmount),
    notifications: optional(isAmount),
  }),
);

const yieldMs = optional(nullable(isAmount));
const stream = optional(isBoolean);
const expect = optional(isExpectation);
const cell = optional(isString);

const steps: { readonly [Do in Step["do"]]: Check<Extract<Step, { do: Do }>> } = {
  execute: exactly<ExecuteStep>({
    do: oneOf("execute"),
    source: isTemplate,
    as: optional(isString),
    detached: optional(isBoolean),
    yieldMs,
    stream,
    expect,
  }),
  wait: exactly<WaitStep>({ do: oneOf("wait"), cell, untilEnd: optional(isBoolean), yieldMs, stream, expect }),
  terminate: exactly<TerminateStep>({ do: oneOf("terminate"), cell, expect }),
  think: exactly<ThinkStep>({ do: oneOf("think"), ms: isDistribution }),
  cut: exactly<CutStep>({ do: oneOf("cut") }),
  resume: exactly<ResumeStep>({ do: oneOf("resume"), afterMs: optional(isDistribution) }),
  close: exactly<CloseStep>({ do: oneOf("close") }),
  meet: exactly<MeetStep>({ do: oneOf("meet") }),
  repeat: exactly<RepeatStep>({ do: oneOf("repeat"), times: isDistribution, steps: (value) => isSteps(value) }),
};

const isStep: Check<Step> = (value) => {
  const tag = typeof value === "object" && value !== null && "do" in value ? value.do : undefined;
  if (typeof tag === "string" && Object.hasOwn(steps, tag)) return steps[tag as Step["do"]](value);
  return { path: ".do", expected: `one of ${Object.keys(steps).join(", ")}`, got: nameOf(tag) };
};

const isSteps: Check<readonly Step[]> = someOf(isStep);

const isTool = exactly<ToolScript>({
  description: optional(isString),
  latencyMs: optional((value) => (value === "never" ? undefined : isDistribution(value))),
  failureRate: optional(numberFrom(0, 1)),
  resultBytes: optional(isDistribution),
  timeoutMs: optional(numberFrom(1)),
  run: optional(isFunction),
});

/** What is wrong with a value that should be a scenario, if anything is. */
export const scenarioCheck: Check<Scenario> = exactly<Scenario>({
  name: isString,
  about: isString,
  tools: optional(mapOf(isTool)),
  flows: someOf(exactly<Flow>({ name: optional(isString), weight: optional(numberFrom(0)), steps: isSteps })),
  once: optional(isBoolean),
  load: optional(
    exactly<LoadShape>({
      sockets: optional(numberFrom(1)),
      rate: optional(numberFrom(0.001)),
      concurrency: optional(numberFrom(1)),
      rampMs: optional(isAmount),
      warmUpMs: optional(isAmount),
      durationMs: optional(isAmount),
      count: optional(numberFrom(1)),
    }),
  ),
  gatewayFlags: optional(someOf(isString)),
  subprotocol: optional(oneOf("cellgate.v1.msgpack", "cellgate.v1.json")),
});
