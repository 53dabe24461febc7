import type { CallRecord } from "../model/cell-record.ts";
import { callTexts } from "../model/cell-content.ts";
import { formatDuration, formatTime } from "../model/format.ts";
import type { SessionModel } from "../model/session-model.ts";
import { Facts } from "../parts/facts.tsx";
import { JsonText } from "../parts/json-text.tsx";
import { Section } from "../parts/pane.tsx";
import { CallPhase } from "../parts/phase.tsx";

/** The selected call of a cell: what it asked for, and what was answered. */
export function CallPart({ call, model }: { readonly call: CallRecord; readonly model: SessionModel }) {
  const { input, result, error } = callTexts(model, call);
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
