import { signal } from "@preact/signals";
import { parseTrace } from "../../trace.ts";
import { Notice } from "../parts/notice.tsx";
import { SessionParts } from "./session-parts.tsx";
import { TraceStore } from "./trace-store.ts";

const opened = signal<TraceStore | undefined>(undefined);
const problem = signal("");

async function open(file: File): Promise<void> {
  try {
    opened.value = new TraceStore(file.name, parseTrace(await file.text()));
    problem.value = "";
  } catch (error) {
    problem.value = `${file.name} is no trace: ${(error as Error).message}`;
  }
}

/** A trace file, shown as the session was. It needs no gateway. */
export function TraceView() {
  const store = opened.value;
  return (
    <>
      <div class="session-head">
        <h1>Trace file{store && <span class="muted"> / {store.name}</span>}</h1>
        <span class="stretch" />
        <label class="file-button">
          <span>Open a file…</span>
          <input
            type="file"
            accept=".jsonl"
            aria-label="Trace file"
            onChange={(event) => {
              const [file] = event.currentTarget.files ?? [];
              if (file) void open(file);
              event.currentTarget.value = ""; // so that the same file can be opened again
            }}
          />
        </label>
      </div>
      {problem.value && (
        <div class="link-notice" role="alert">
          {problem.value}
        </div>
      )}
      {store ? (
        <SessionParts source={store} />
      ) : (
        <Notice title="No trace is open">
          <p>
            Open a file that a session's <em>Frames</em> view exported, or that the load tool recorded. It is read in
            this page and sent nowhere.
          </p>
        </Notice>
      )}
    </>
  );
}
