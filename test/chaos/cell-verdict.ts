import { isDeepStrictEqual } from "node:util";
import type { Outcome } from "../../client/index.ts";
import type { CellPlan } from "./cell-plan.ts";
import type { ChaosCell } from "./chaos-cell.ts";

/** What happened to the turns that a cell was run in. */
export interface Circumstances {
  /** Frames may have been missed for good, notifications among them. */
  readonly mayMiss: boolean;
  /** The first turn was taken over: what it asked for may never have arrived, and what it had may not have been told. */
  readonly isGivenUp: boolean;
}

/** What is not, or not yet, as it should be with a cell. */
export function problemsOf(cell: ChaosCell, { mayMiss, isGivenUp }: Circumstances): string[] {
  const { plan, expected, cellIds, callIds, outcome } = cell;
  const problems: string[] = [];
  const claim = (holds: boolean, what: string, got: unknown) => {
    if (!holds) problems.push(`${what}: ${JSON.stringify(got)?.slice(0, 500)}`);
  };
  claim(cellIds.size <= 1, "it ran more than once", [...cellIds]);
  claim(cell.started <= 1, "it was said to have started more than once", cell.started);
  const doubled = [...callIds].filter(([, ids]) => ids.size > 1);
  claim(doubled.length === 0, "calls of it were made more than once", doubled);
  const [first, { texts, lastTexts, notifications }] = cell.shares;
  const heard = [first.notifications, notifications] as const;
  const isInOrder = heard.every((each) => isWithin(each, expected.notifications));
  claim(isInOrder, "its notifications are out of order, or came twice", heard);
  // What is aborted leaves nothing to look at, and nor does what never arrived.
  if (cell.isAborted || (cellIds.size === 0 && isGivenUp)) return problems;
  if (!outcome) return [...problems, "it has no outcome"];
  claim(isDue(plan, outcome), `its code ${plan.end}, and it ended otherwise`, [outcome.type, outcome.error]);
  // Whoever terminates it at any time may cut it short.
  const isWhole = outcome.type === "result" || plan.end === "hangs";
  const second = texts.concat(lastTexts);
  const content = [firstTexts(cell, isGivenUp), second] as const;
  claim(joins(...content, expected.texts, isWhole), "its content has a hole, or is out of order", content);
  if (!mayMiss) claim(joins(...heard, expected.notifications, isWhole), "its notifications have a hole", heard);
  if (plan.drive === "stream" && !isGivenUp) {
    const answered = first.texts.concat(first.lastTexts);
    claim(isDeepStrictEqual(cell.streamed, answered), "it streamed otherwise than it answered", cell.streamed);
  }
  const missing = expected.calls.filter((input) => !callIds.has(input));
  claim(!isWhole || missing.length === 0, "calls of it were not made", missing);
  return problems;
}

/** Whether the code of the cell can have ended so. */
function isDue({ end, drive }: CellPlan, { type, error }: Outcome): boolean {
  switch (end) {
    case "hangs":
      return type === "terminated";
    case "throws":
      return type === "result" && error?.code === "script_error";
    case "returns":
    case "exits":
      return (type === "result" && !error) || (type === "terminated" && drive === "terminates");
    default:
      return end satisfies never;
  }
}

/**
 * What the first turn got. A `run` that is rejected takes with it what its cell had yielded until then: when its turn was
 * taken over, only that is known which it streamed.
 */
function firstTexts({ plan, expected, shares, streamed }: ChaosCell, isGivenUp: boolean): readonly string[] {
  const [{ texts, lastTexts, outcomes }, second] = shares;
  const isSilent = isGivenUp && outcomes.length === 0;
  if (isSilent && plan.drive === "stream") return streamed;
  if (!isSilent || (plan.drive !== "run" && plan.drive !== "aborts")) return texts.concat(lastTexts);
  const [next] = second.texts;
  const had = next === undefined ? expected.texts.length : expected.texts.indexOf(next);
  return expected.texts.slice(
    0,
    expected.yieldedTexts.findLast((count) => count <= had),
  );
}

/**
 * Whether two turns together got the whole list: the first its beginning, the second its end. What the first had and could
 * not acknowledge any more, the second got again. `isWhole`: otherwise the list itself may have been cut short.
 */
function joins(
  first: readonly string[],
  second: readonly string[],
  list: readonly string[],
  isWhole: boolean,
): boolean {
  const [next] = second;
  const from = next === undefined ? first.length : list.indexOf(next);
  if (from < 0 || from > first.length) return false;
  const end = Math.max(first.length, from + second.length);
  return (
    isDeepStrictEqual(first, list.slice(0, first.length)) &&
    isDeepStrictEqual(second, list.slice(from, from + second.length)) &&
    (!isWhole || end === list.length)
  );
}

/** Whether all of these are in the list, in its order, each once. */
function isWithin(texts: readonly string[], list: readonly string[]): boolean {
  const places = texts.map((text) => list.indexOf(text));
  return places.every((place, index) => place > (places[index - 1] ?? -1));
}
