import { useMemo } from "preact/hooks";
import type { CallRecord } from "../model/cell-record.ts";
import { type CallTexts, callTexts } from "../model/cell-content.ts";
import { formatDuration, formatTime } from "../model/format.ts";
import type { SessionModel } from "../model/session-model.ts";
import { Facts } from "../parts/facts.tsx";
import { JsonText } from "../parts/json-text.tsx";
import { Section } from "../parts/pane.tsx";
import { CallPhase } from "../parts/phase.tsx";

/** By then all frames of a call that is over have come. */
const SETTLED_MS = 3_000;

/** The selected call of a cell: what it asked for, and what was answered. */
export function CallPart({ call, model }: { readonly call: CallRecord; readonly model: SessionModel }) {
  const { input, result, error } = useCallTexts(call, model);
  return (
    <Section
      title={
        <>
          Call of <code>{call.tool}</code> <CallPhase call={call} />
        </>
      }
    >
      <Facts
        facts={{
          made: formatTime(call.madeAtMs),
          took: call.endedAtMs === undefined ? undefined : formatDuration(call.endedAtMs - call.madeAtMs),
          code: call.code,
          "call id": call.callId,
        }}
      />
      <h3>Input</h3>
      {input === undefined ? <p class="muted">None, or not kept here.</p> : <JsonText value={input} />}
      {result !== undefined && (
        <>
          <h3>Result</h3>
          <JsonText value={result} />
        </>
      )}
      {error !== undefined && (
        <>
          <h3>Error</h3>
          <pre class="block fault">{error}</pre>
        </>
      )}
    </Section>
  );
}

/**
 * The texts of a call. They are looked for whenever the pane is drawn until the call is over, and once more after that: its
 * frames come about when the events about it do, before or after.
 */
function useCallTexts(call: CallRecord, model: SessionModel): CallTexts {
  const { endedAtMs } = call;
  const framesEnd = endedAtMs !== undefined && model.latestAtMs > endedAtMs + SETTLED_MS ? 0 : model.frames.end;
  return useMemo(() => callTexts(model, call), [model, call, framesEnd]);
}
