import { hrefOf } from "../address.ts";
import { mayHost, observation } from "../link.ts";
import { shortId } from "../model/format.ts";
import { Icon } from "../parts/icons.tsx";
import { NoPermission } from "../parts/no-permission.tsx";
import { Notice } from "../parts/notice.tsx";
import { CallsPart } from "./calls-part.tsx";
import { CellResult } from "./cell-result.tsx";
import { EditorPart } from "./editor-part.tsx";
import { playground, yields, type YieldName } from "./playground-store.ts";
import { ToolsPart } from "./tools-part.tsx";

const yieldNames = Object.keys(yields) as YieldName[];

/** Runs cells without an agent: whoever sits here is the host, and answers their calls. */
export function PlaygroundView() {
  if (!mayHost.value) return <NoPermission scope="host" to="run cells" />;
  const { cells, yieldAfter } = playground;
  return (
    <>
      <div class="toolbar">
        <h1>Playground</h1>
        <button type="button" class="primary" title="Ctrl+Enter in the editor" onClick={() => void playground.run()}>
          <Icon name="play" />
          Run
        </button>
        <label>
          yield after
          <select
            value={yieldAfter.value}
            onChange={(event) => {
              yieldAfter.value = event.currentTarget.value as YieldName;
            }}
          >
            {yieldNames.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <span class="stretch" />
        <SessionState />
      </div>
      <div class="playground">
        <div class="playground-left">
          <EditorPart />
          <ToolsPart />
        </div>
        <div class="playground-right" tabIndex={0} role="region" aria-label="Calls and results">
          <CallsPart />
          {cells.value.length > 0 && <h2>Results</h2>}
          {cells.value.length === 0 ? (
            <Notice title="Nothing was run yet">
              <p>
                Press <b>Run</b>, or Ctrl+Enter in the editor. Calls of tools appear here, and wait for your answer.
              </p>
            </Notice>
          ) : (
            cells.value.map((cell, index) => <CellResult key={cells.value.length - index} cell={cell} />)
          )}
        </div>
      </div>
    </>
  );
}

function SessionState() {
  const sessionId = playground.sessionId.value;
  const problem = playground.problem.value;
  if (sessionId === undefined) return <span class="muted">A session is opened by the first run</span>;
  return (
    <>
      <span class={problem ? "fault" : "muted"} role="status">
        {problem ? `Session: ${problem}` : "Session"}
      </span>
      {observation.value ? (
        <a class="mono" href={hrefOf({ view: "session", sessionId, query: {} })} title="Watch this session">
          {shortId(sessionId)}
        </a>
      ) : (
        <code>{shortId(sessionId)}</code>
      )}
      <button type="button" disabled={playground.isEnding.value} onClick={() => void playground.endSession()}>
        End session
      </button>
    </>
  );
}
