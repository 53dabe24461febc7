import { useEffect, useRef } from "preact/hooks";

/** What {@link SearchField} needs. */
interface SearchFieldProps {
  readonly label: string;
  /** What is looked through. */
  readonly hint: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
}

/** A field that narrows a list. `/` goes to it from anywhere in the view. */
export function SearchField({ label, hint, value, onInput }: SearchFieldProps) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const go = (event: KeyboardEvent) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || isTyping(event)) return;
      event.preventDefault();
      input.current?.focus();
    };
    addEventListener("keydown", go);
    return () => removeEventListener("keydown", go);
  }, []);
  return (
    <input
      ref={input}
      type="search"
      aria-label={label}
      placeholder={hint}
      title={`${label} (/)`}
      spellcheck={false}
      value={value}
      onInput={(event) => onInput(event.currentTarget.value)}
    />
  );
}

/** Whether the key is a letter for a field or an editor. */
function isTyping(event: KeyboardEvent): boolean {
  const [target] = event.composedPath();
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}
