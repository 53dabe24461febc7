import { useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import type { JsonValue } from "../../index.ts";
import { fieldsOf, initialTexts, valueOf } from "../model/schema-form.ts";
import { SchemaFields } from "../parts/schema-fields.tsx";
import type { Answer, OpenCall } from "./answers.ts";
import { playground } from "./playground-store.ts";

/** What {@link AnswerForm} answers. */
interface AnswerFormProps {
  readonly open: OpenCall;
  /** Of the result. Absent: it is written as JSON. */
  readonly schema: { readonly [keyword: string]: JsonValue } | undefined;
}

/** Answers a call by hand. */
export function AnswerForm({ open, schema }: AnswerFormProps) {
  const id = useId();
  const type = useSignal<Answer["type"]>("resolve");
  const texts = useSignal(initialTexts(schema));
  const message = useSignal("");
  const code = useSignal("");
  const isKept = useSignal(false);
  const problem = useSignal("");
  const fields = fieldsOf(schema);
  const answerNow = (): Answer => {
    if (type.value === "resolve") return { type: "resolve", value: valueOf(fields, texts.value) };
    return { type: "reject", message: message.value || "the tool failed", code: code.value || undefined };
  };
  const submit = (event: Event) => {
    event.preventDefault();
    try {
      const answer = answerNow();
      if (isKept.value) playground.answers.keep(open.call.name, answer);
      open.answer(answer);
    } catch (error) {
      problem.value = (error as Error).message;
    }
  };
  return (
    <form class="answer" onSubmit={submit}>
      <div class="group" role="group" aria-label="Answer with">
        {(["resolve", "reject"] as const).map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={type.value === name}
            onClick={() => {
              type.value = name;
            }}
          >
            {name === "resolve" ? "a result" : "an error"}
          </button>
        ))}
      </div>
      {type.value === "resolve" ? (
        <SchemaFields fields={fields} texts={texts} />
      ) : (
        <>
          <label class="field" for={`${id}-message`}>
            message
          </label>
          <input
            id={`${id}-message`}
            value={message.value}
            placeholder="the tool failed"
            onInput={(event) => {
              message.value = event.currentTarget.value;
            }}
          />
          <label class="field" for={`${id}-code`}>
            code
          </label>
          <input
            id={`${id}-code`}
            value={code.value}
            placeholder="tool_failed"
            onInput={(event) => {
              code.value = event.currentTarget.value;
            }}
          />
        </>
      )}
      {problem.value && (
        <p class="fault" role="alert">
          {problem.value}
        </p>
      )}
      <footer>
        <label>
          <input
            type="checkbox"
            checked={isKept.value}
            onChange={(event) => {
              isKept.value = event.currentTarget.checked;
            }}
          />
          answer every call of it like this
        </label>
        <span class="stretch" />
        <button type="submit" class={type.value === "resolve" ? "primary" : "primary danger"}>
          {type.value === "resolve" ? "Resolve" : "Reject"}
        </button>
      </footer>
    </form>
  );
}
