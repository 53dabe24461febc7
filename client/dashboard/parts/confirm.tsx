import { useEffect, useRef } from "preact/hooks";
import { act, asked, isActing, problem } from "./question.ts";

/** Asks the question that there is, if there is one. The page has one of these. */
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
    <dialog
      ref={dialog}
      onClose={close}
      onCancel={(event) => {
        if (isActing.value) event.preventDefault();
      }}
      aria-labelledby="confirm-title"
      aria-describedby="confirm-text"
    >
      <h2 id="confirm-title">{question.title}</h2>
      <p id="confirm-text">{question.text}</p>
      {problem.value && (
        <p class="fault" role="alert">
          {problem.value}
        </p>
      )}
      <footer>
        <button type="button" disabled={isActing.value} onClick={() => dialog.current?.close()}>
          Cancel
        </button>
        <button type="button" class="danger primary" disabled={isActing.value} onClick={() => void act(question)}>
          {question.action}
        </button>
      </footer>
    </dialog>
  );
}
