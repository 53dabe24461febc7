import { between } from "./machine.ts";
import { entryOf, type Result } from "./result.ts";
import { anchorName } from "./subjects/subjects.ts";

/** A result for other programs: summaries, ratios to the anchor, and every sample. */
export function toJson(result: Result): string {
  const { before, after, seconds, subjects, metrics, outcomes, missing } = result;
  const rows = metrics.map((metric) => {
    const anchor = entryOf(result, anchorName, metric).summary;
    const bySubject = subjects.map(({ name }) => {
      const { summary, failure } = entryOf(result, name, metric);
      const ratio = summary && anchor ? summary.median / anchor.median : undefined;
      const outcome = outcomes.find((one) => one.subject === name && one.section === metric.section);
      return [name, { ...summary, ratioToAnchor: ratio, failure, samples: outcome?.samples.get(metric.name) ?? [] }];
    });
    return { ...metric, subjects: Object.fromEntries(bySubject) as unknown };
  });
  const machine = { before, after, ...between(before, after) };
  const whole = {
    version: 1,
    machine,
    seconds,
    anchor: anchorName,
    subjects,
    missing: Object.fromEntries(missing),
    rows,
  };
  return `${JSON.stringify(whole, undefined, 1)}\n`;
}
