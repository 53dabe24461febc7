import { CellgateError, RequestError } from "../errors.ts";
import type { Outcome } from "../outcome.ts";
import { GivenUpError } from "./ledger.ts";
import type { ScenarioData } from "./scenario-data.ts";
import type { ExpectedAnswer, Expectation } from "./scenario.ts";
import { textOf } from "./template.ts";

/** What is wrong with an answer. */
export interface Complaint {
  /** Of which kind; there are few. */
  readonly what: string;
  readonly message: string;
}

/** What is wrong with an outcome, if anything is. `notifications` is how many came of its cell. */
export function complaintOf(
  outcome: Outcome,
  expectation: Expectation | undefined,
  data: ScenarioData,
  notifications: number,
): Complaint | undefined {
  const { error } = outcome;
  const expected: ExpectedAnswer = typeof expectation === "object" ? expectation : {};
  if (typeof expectation !== "function" && !listOf(expected.error ?? "").includes(error?.code ?? "")) {
    if (error) return { what: `cell ${error.code}`, message: error.message };
    return { what: "expectation", message: `error: expected ${listOf(expected.error).join(" or ")}, got none` };
  }
  const message =
    typeof expectation === "function"
      ? expectation(outcome, data)
      : differenceOf(factsOf(outcome, notifications), wantedOf(expected, data));
  return message === undefined ? undefined : { what: "expectation", message };
}

/** What is wrong with a request that was refused or failed, if anything is. */
export function complaintOfFailure(error: unknown, expectation: Expectation | undefined): Complaint | undefined {
  if (error instanceof GivenUpError && error.onPurpose) return undefined;
  const code = error instanceof CellgateError ? error.code : "unknown";
  const { refused = [] } = typeof expectation === "object" ? expectation : {};
  if (error instanceof RequestError && listOf(refused).includes(code)) return undefined;
  return { what: error instanceof RequestError ? `refused: ${code}` : code, message: String(error) };
}

type Facts = { readonly [Name in "type" | "text" | "textLength" | "toolCalls" | "notifications"]: string | number };

function factsOf(outcome: Outcome, notifications: number): Facts {
  const { type, text, usage } = outcome;
  return { type, text, textLength: text.length, toolCalls: usage?.toolCalls ?? 0, notifications };
}

function wantedOf(expected: ExpectedAnswer, data: ScenarioData): { [Name in keyof Facts]?: Facts[Name][] } {
  const { type, text, textLength, toolCalls, notifications } = expected;
  return {
    ...(type === undefined ? {} : { type: [...listOf(type)] }),
    ...(text === undefined ? {} : { text: [textOf(text, data)] }),
    ...(textLength === undefined ? {} : { textLength: [textLength] }),
    ...(toolCalls === undefined ? {} : { toolCalls: [toolCalls] }),
    ...(notifications === undefined ? {} : { notifications: [notifications] }),
  };
}

/** The first fact that is another than it should be. */
function differenceOf(facts: Facts, wanted: ReturnType<typeof wantedOf>): string | undefined {
  for (const [name, values] of Object.entries(wanted) as [keyof Facts, Facts[keyof Facts][]][]) {
    const got = facts[name];
    if (!values.includes(got)) return `${name}: expected ${values.map(shown).join(" or ")}, got ${shown(got)}`;
  }
  return undefined;
}

function shown(fact: string | number): string {
  const text = JSON.stringify(fact);
  return text.length > 80 ? `${text.slice(0, 80)}… (${text.length} characters)` : text;
}

function listOf<T extends string>(one: T | readonly T[] | undefined): readonly T[] {
  if (one === undefined) return [];
  return typeof one === "string" ? [one] : one;
}
