import { CellgateError, RequestError } from "../errors.ts";
import type { AnswerFrame, Pending } from "../requests.ts";

/** What became of requests: `asked` is the sum of the five behind it. */
export interface LedgerTotals {
  asked: number;
  /** Had their last answer. */
  answered: number;
  /** Had an `error` with a code, or were over a limit before they were sent. */
  refused: number;
  /** Went with their turn, which ended otherwise than the scenario wanted; the error says the close code. */
  failed: number;
  /** Were given up by the scenario, which closed the socket. */
  abandoned: number;
  /** Had no answer although there was time. They are lost, and so is whatever is wrong below. */
  unanswered: number;
  /** Answers to nothing that was asked, or that was answered before. */
  stray: number;
  /** Frames that were missing in the numbering of a turn, with nothing said about it. */
  missing: number;
}

/** No requests. */
export function emptyLedger(): LedgerTotals {
  return { asked: 0, answered: 0, refused: 0, failed: 0, abandoned: 0, unanswered: 0, stray: 0, missing: 0 };
}

/** Adds the numbers of another ledger. */
export function addLedger(sum: LedgerTotals, other: LedgerTotals): void {
  for (const name of Object.keys(sum) as (keyof LedgerTotals)[]) sum[name] += other[name];
}

/** Requests and frames that the gateway lost: none may be. */
export function lostOf({ unanswered, stray, missing }: LedgerTotals): number {
  return unanswered + stray + missing;
}

/** A request was given up: by the scenario itself, or because its time was up. */
export class GivenUpError extends CellgateError {
  override readonly name = "GivenUpError";
  /** Whether the scenario wanted it so. */
  readonly onPurpose: boolean;

  /** `timeoutMs`: how much time it had. Absent: it had until the end of the load. */
  constructor(onPurpose: boolean, timeoutMs?: number) {
    const limit = timeoutMs === undefined ? "before the load ended" : `within ${timeoutMs} ms`;
    const message = onPurpose ? "the scenario closed the socket" : `expected an answer ${limit}, got none`;
    super(message, { code: onPurpose ? "abandoned" : "unanswered", retryable: true });
    this.onPurpose = onPurpose;
  }
}

/** A request that the ledger follows to its end. */
export class CountedRequest implements Pending {
  readonly #inner: Pending;
  readonly #ledger: LedgerTotals;

  /** It is asked now. */
  constructor(inner: Pending, ledger: LedgerTotals) {
    this.#inner = inner;
    this.#ledger = ledger;
    ledger.asked += 1;
  }

  answer(frame: AnswerFrame): boolean {
    const isLast = this.#inner.answer(frame);
    if (isLast) this.#ledger.answered += 1;
    return isLast;
  }

  missed(): void {
    this.#inner.missed();
  }

  fail(error: Error): void {
    this.#ledger[fateOf(error)] += 1;
    this.#inner.fail(error);
  }
}

function fateOf(error: Error): "refused" | "failed" | "abandoned" | "unanswered" {
  if (error instanceof GivenUpError) return error.onPurpose ? "abandoned" : "unanswered";
  return error instanceof RequestError ? "refused" : "failed";
}
