import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

/** What {@link SourceText} shows. */
interface SourceTextProps {
  readonly text: string;
  /** The line to be marked, from 1. */
  readonly errorLine?: number | undefined;
}

/** Code with its highlighting, which is loaded when it is needed. Until then it is plain. */
export function SourceText({ text, errorLine }: SourceTextProps) {
  const place = useRef<HTMLDivElement>(null);
  const isHighlighted = useSignal(false);
  useEffect(() => {
    let isWanted = true;
    let view: { destroy(): void } | undefined;
    import("../editor/source-view.ts").then(
      ({ createSourceView }) => {
        if (!isWanted || !place.current) return;
        view = createSourceView(place.current, text, errorLine);
        isHighlighted.value = true;
      },
      () => {}, // it stays plain
    );
    return () => {
      isWanted = false;
      view?.destroy();
      isHighlighted.value = false;
    };
  }, [text, errorLine]);
  return (
    <div class="source-text">
      {!isHighlighted.value && <pre class="block">{text}</pre>}
      <div ref={place} />
    </div>
  );
}
