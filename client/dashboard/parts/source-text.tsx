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
  const plain = useRef<HTMLPreElement>(null);
  useEffect(() => {
    let isWanted = true;
    let view: { destroy(): void } | undefined;
    import("../editor/source-view.ts").then(
      ({ createSourceView }) => {
        if (!isWanted || !place.current) return;
        view = createSourceView(place.current, text, errorLine);
        if (plain.current) plain.current.hidden = true;
      },
      () => {}, // it stays plain
    );
    return () => {
      isWanted = false;
      view?.destroy();
      if (plain.current) plain.current.hidden = false;
    };
  }, [text, errorLine]);
  return (
    <div class="source-text">
      <pre ref={plain} class="block">
        {text}
      </pre>
      <div ref={place} />
    </div>
  );
}
