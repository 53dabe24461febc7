import { signal } from "@preact/signals";
import { parseTrace, type Trace } from "../../trace.ts";
import { narrow } from "../address.ts";
import { formatCount, shortId } from "../model/format.ts";
import { type TraceSession, traceSessions } from "../model/trace-sessions.ts";
import { Notice } from "../parts/notice.tsx";
import { SessionParts } from "./session-parts.tsx";
import { TraceStore } from "./trace-store.ts";

/** A file, and the one of its sessions that is shown. */
interface Opened {
  readonly name: string;
  readonly trace: Trace;
  readonly sessions: readonly TraceSession[];
  readonly shown: TraceSession;
  readonly store: TraceStore;
}

const opened = signal<Opened | undefined>(undefined);
const problem = signal("");

async function open(file: File): Promise<void> {
  try {
    const trace = parseTrace(await file.text());
    const sessions = traceSessions(trace);
    const [shown] = sessions;
    opened.value = { name: file.name, trace, sessions, shown, store: new TraceStore(trace, shown) };
    problem.value = "";
  } catch (error) {
    problem.value = `${file.name} is no trace: ${(error as Error).message}`;
  }
}

function show(file: Opened, shown: TraceSession): void {
  opened.value = { ...file, shown, store: new TraceStore(file.trace, shown) };
  // What was selected is of the other session.
  narrow({ cell: undefined, call: undefined, frame: undefined });
}

/** A trace file, shown as the session was. It needs no gateway. */
export function TraceView() {
  const file = opened.value;
  return (
    <>
      <div class="session-head">
        <h1>Trace file{file && <span class="muted"> / {file.name}</span>}</h1>
        {file && <SessionSelect file={file} />}
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
      {file ? (
        <SessionParts key={file.sessions.indexOf(file.shown)} source={file.store} />
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

/** Chooses among the sessions of a file that has several. */
function SessionSelect({ file }: { readonly file: Opened }) {
  const { sessions, shown } = file;
  if (sessions.length === 1) return null;
  return (
    <select
      aria-label="Session"
      value={sessions.indexOf(shown)}
      onChange={(event) => {
        const chosen = sessions[Number(event.currentTarget.value)];
        if (chosen) show(file, chosen);
      }}
    >
      {sessions.map(({ sessionId, frames }, index) => (
        <option key={index} value={index}>
          session {formatCount(index + 1)}
          {sessionId && ` ${shortId(sessionId)}`}, {formatCount(frames.length)} frames
        </option>
      ))}
    </select>
  );
}
