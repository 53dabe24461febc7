import type { CellError } from "../../index.ts";
import { CodeFrame } from "./code-frame.tsx";

/** What a cell did wrong, and where. */
export function CellFailure({ error }: { readonly error: CellError }) {
  return (
    <>
      <p class="fault">
        <code>
          {error.code}
          {error.line !== undefined && ` at ${error.line}:${error.column ?? 1}`}
        </code>
        {error.limit !== undefined && <> (limit {error.limit})</>}
      </p>
      <pre class="block fault">{error.message}</pre>
      {error.frame !== undefined && <CodeFrame text={error.frame} />}
    </>
  );
}
