import type { Signal } from "@preact/signals";
import { useId } from "preact/hooks";
import type { FormField, FormTexts } from "../model/schema-form.ts";

/** What {@link SchemaFields} shows. */
interface SchemaFieldsProps {
  readonly fields: readonly FormField[];
  readonly texts: Signal<FormTexts>;
}

/** A field for each part of a value that a schema describes. */
export function SchemaFields({ fields, texts }: SchemaFieldsProps) {
  return (
    <>
      {fields.map((field) => (
        <Field key={field.name} field={field} texts={texts} />
      ))}
    </>
  );
}

function Field({ field, texts }: { readonly field: FormField; readonly texts: Signal<FormTexts> }) {
  const id = useId();
  return (
    <>
      <label class="field" for={id}>
        {field.label}
        {!field.isRequired && <span class="muted">(optional)</span>}
      </label>
      <Control id={id} field={field} texts={texts} />
      {field.hint && <p class="muted hint">{field.hint}</p>}
    </>
  );
}

/** What {@link Control} needs. */
interface ControlProps {
  readonly id: string;
  readonly field: FormField;
  readonly texts: Signal<FormTexts>;
}

function Control({ id, field, texts }: ControlProps) {
  const value = texts.value[field.name] ?? "";
  const set = (event: { readonly currentTarget: { readonly value: string } }) => {
    texts.value = { ...texts.value, [field.name]: event.currentTarget.value };
  };
  switch (field.kind) {
    case "text":
      return <input id={id} value={value} onInput={set} />;
    case "number":
    case "integer":
      return <input id={id} value={value} inputMode="decimal" placeholder={field.kind} onInput={set} />;
    case "boolean":
    case "choice": {
      const choices = field.kind === "choice" ? field.choices : [true, false];
      return (
        <select id={id} value={value} onChange={set}>
          <option value="">–</option>
          {choices.map((choice) => {
            const text = JSON.stringify(choice);
            return (
              <option key={text} value={text}>
                {typeof choice === "string" ? choice : text}
              </option>
            );
          })}
        </select>
      );
    }
    case "json":
      return (
        <textarea id={id} rows={3} value={value} placeholder="JSON; empty for none" spellcheck={false} onInput={set} />
      );
    default:
      field satisfies never;
      return null;
  }
}
