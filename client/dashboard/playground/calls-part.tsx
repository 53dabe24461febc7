import { now } from "../clock.ts";
import { formatAge, formatCount, shortId } from "../model/format.ts";
import { JsonText } from "../parts/json-text.tsx";
import { AnswerForm } from "./answer-form.tsx";
import type { OpenCall } from "./answers.ts";
import { playground } from "./playground-store.ts";

/** So many forms at once; the others follow as these are answered. */
const MOST_SHOWN = 5;

/** The calls that wait for an answer. */
export function CallsPart() {
  const open = playground.answers.open.value;
  return (
    <section class="calls" aria-label="Calls to answer">
      <p class="unseen" role="status">
        {open.length === 0 ? "" : `${formatCount(open.length)} calls wait for your answer`}
      </p>
      {open.length > 0 && <h2>Calls to answer ({formatCount(open.length)})</h2>}
      {open.slice(0, MOST_SHOWN).map((call) => (
        <Call key={call.call.callId} open={call} />
      ))}
      {open.length > MOST_SHOWN && <p class="muted">{formatCount(open.length - MOST_SHOWN)} more follow.</p>}
    </section>
  );
}

function Call({ open }: { readonly open: OpenCall }) {
  const { call, madeAtMs } = open;
  const tool = playground.tools.value.find(({ name }) => name === call.name);
  return (
    <article class="open-call" aria-label={`Call of ${call.name}`}>
      <header>
        <code class="strong">{call.name}</code>
        <span class="muted">
          from <code>{shortId(call.cellId)}</code>, waits for {formatAge(now.value - madeAtMs)}
        </span>
      </header>
      {call.input === undefined ? <p class="muted">without input</p> : <JsonText value={call.input} />}
      <AnswerForm open={open} schema={tool?.outputSchema} />
    </article>
  );
}
