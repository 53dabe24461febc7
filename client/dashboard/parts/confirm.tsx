import { signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

/** What is asked before something is done that cannot be undone. */
interface Question {
  readonly title: string;
  readonly text: string;
  /** What the button that does it says. */
  readonly action: string;
  act(): Promise<unknown>;
}

const asked = signal<Question | undefined>(undefined);
const problem = signal("");
const isActing = signal(false);

/** Asks, and does it when that is confirmed. Where it fails the question stays, and says why. */
export function confirm(question: Question): void {
  problem.value = "";
  isActing.value = false;
  asked.value = question;
}

async function act(question: Question): Promise<void> {
  isActing.value = true;
  try {
    await question.act();
    asked.value = undefined;
  } catch (error) {
    problem.value = (error as Error).message;
  } finally {
    isActing.value = false;
  }
}

/** The question that is asked now. The page has one of these. */
export function ConfirmDialog() {
  const question = asked.value;
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (question) dialog.current?.showModal();
  }, [question]);
  if (!question) return null;
  const close = () => {
    asked.value = undefined;
  };
  return (
    <dialog ref={dialog} onClose={close} aria-labelledby="confirm-title" aria-describedby="confirm-text">
      <h2 id="confirm-title">{question.title}</h2>
      <p id="confirm-text">{question.text}</p>
      {problem.value && (
        <p class="fault" role="alert">
          {problem.value}
        </p>
      )}
      <footer>
        <button type="button" onClick={() => dialog.current?.close()}>
          Cancel
        </button>
        <button type="button" class="danger primary" disabled={isActing.value} onClick={() => void act(question)}>
          {question.action}
        </button>
      </footer>
    </dialog>
  );
}
