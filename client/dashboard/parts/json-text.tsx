import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { formatCount } from "../model/format.ts";

/** More would be slow to draw, and nobody reads it. */
const MOST_CHARS = 20_000;

/** A value as indented JSON; of a long one the beginning, and the rest when it is asked for. */
export function JsonText({ value }: { readonly value: unknown }) {
  const text = useMemo(() => JSON.stringify(value, null, 2) ?? "undefined", [value]);
  return <LongText text={text} />;
}

/** A text; of a long one the beginning, and the rest when it is asked for. */
export function LongText({ text }: { readonly text: string }) {
  const isWhole = useSignal(false);
  const isCut = text.length > MOST_CHARS && !isWhole.value;
  return (
    <>
      <pre class="block">{isCut ? text.slice(0, MOST_CHARS) : text}</pre>
      {isCut && (
        <button
          type="button"
          onClick={() => {
            isWhole.value = true;
          }}
        >
          Show all {formatCount(text.length)} characters
        </button>
      )}
    </>
  );
}
