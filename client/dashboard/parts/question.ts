import { signal } from "@preact/signals";

/** What is asked before something is done that cannot be undone. */
export interface Question {
  readonly title: string;
  readonly text: string;
  /** What the button that does it says. */
  readonly action: string;
  act(): Promise<unknown>;
}

/** The question that is asked now, of which the page has one at most. */
export const asked = signal<Question | undefined>(undefined);

/** Why it could not be done; empty: it was not tried, or may succeed yet. */
export const problem = signal("");

/** Whether it is being done. It cannot be taken back any more. */
export const isActing = signal(false);

/** Asks, and does it when that is confirmed. Where it fails the question stays, and says why. */
export function confirm(question: Question): void {
  problem.value = "";
  isActing.value = false;
  asked.value = question;
}

/** Does what is asked. What comes of it is nothing to a question that was asked since. */
export async function act(question: Question): Promise<void> {
  problem.value = "";
  isActing.value = true;
  const failure = await question.act().then(
    () => undefined,
    (error: unknown) => (error as Error).message,
  );
  if (asked.peek() !== question) return;
  isActing.value = false;
  if (failure === undefined) asked.value = undefined;
  else problem.value = failure;
}
