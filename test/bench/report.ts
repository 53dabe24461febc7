import { between, type MachineState } from "./machine.ts";
import { type Entry, entryOf, type Failure, type Result } from "./result.ts";
import type { Bar, Metric } from "./section.ts";
import type { Summary } from "./statistics.ts";
import { anchorName, ownName } from "./subjects/subjects.ts";
import { number, table } from "./table.ts";

type Row = Result["metrics"][number];

/** Everything, to be read. */
export function report(result: Result): string {
  const parts = [
    machineText(result),
    missingText(result),
    summaryText(result),
    ...result.metrics.map((metric) => detailText(result, metric)),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

/** The medians, a metric a row; and what cellgate is held to. */
function summaryText(result: Result): string {
  const names = result.subjects.map(({ name }) => name);
  const notes: string[] = [];
  const measured = result.metrics.filter((metric) => names.some((name) => entryOf(result, name, metric).summary));
  const rows = measured.map((metric) => {
    const own = entryOf(result, ownName, metric).summary;
    const anchor = entryOf(result, anchorName, metric).summary;
    const medians = names.map((name) => cellText(entryOf(result, name, metric), name, notes));
    return [`${metric.title}, ${metric.unit}`, ...medians, ratioText(own, anchor), barsText(result, metric)];
  });
  const head = ["medians", ...names, `${ownName} ÷ anchor`, "bar"];
  const about = result.subjects.map(({ name, about }) => `- ${name}: ${about}`);
  return ["## Summary", about.join("\n"), table(head, rows), notes.join("\n")]
    .filter((part) => part !== "")
    .join("\n\n");
}

function detailText(result: Result, metric: Row): string {
  const anchor = entryOf(result, anchorName, metric).summary;
  const rows = result.subjects.flatMap(({ name }) => {
    const { summary } = entryOf(result, name, metric);
    if (!summary) return [];
    const { count, median, p95, p99, best } = summary;
    return [[name, ...[median, p95, p99, best].map(number), `${count}`, ratioText(summary, anchor)]];
  });
  if (rows.length === 0) return "";
  const minimum = metric.better === "less" ? "min" : "max";
  const head = [`${metric.title}, ${metric.unit}`, "median", "p95", "p99", minimum, "samples", "÷ anchor"];
  return table(head, rows);
}

function machineText({ before, after, seconds }: Result): string {
  const { busy, steal } = between(before, after);
  const { cores, cpu, kernel, node, memoryMiB } = before;
  return [
    `# cellgate benchmark, ${before.time}`,
    `${cores} cores (${cpu}), ${number(memoryMiB)} MiB (${number(before.freeMemoryMiB)} free), Linux ${kernel}, Node ${node}. ` +
      `${seconds.toFixed(0)} s; load ${loadText(before)} before and ${loadText(after)} after; ` +
      `cores ${busy.toFixed(0)} % busy, ${steal.toFixed(1)} % stolen by the host.`,
  ].join("\n\n");
}

function loadText({ load }: MachineState): string {
  return load.toFixed(2);
}

function missingText({ missing }: Result): string {
  if (missing.size === 0) return "";
  const lines = Array.from(missing, ([name, why]) => `- ${name}: ${why}`);
  return ["**MISSING from this run:**", ...lines].join("\n");
}

function cellText({ summary, failure }: Entry, name: string, notes: string[]): string {
  if (summary) return number(summary.median);
  if (!failure || failure.unsupported) return "–";
  return `✗${noteNumber(name, failure, notes)}`;
}

/** Numbers a failure's reason among the notes. */
function noteNumber(name: string, { message }: Failure, notes: string[]): number {
  const text = `${name}: ${message}`;
  const known = notes.findIndex((note) => note.endsWith(text));
  if (known >= 0) return known + 1;
  notes.push(`- ✗${notes.length + 1} ${text}`);
  return notes.length;
}

function ratioText(own: Summary | undefined, anchor: Summary | undefined): string {
  return own && anchor ? `${number(own.median / anchor.median)} ×` : "";
}

function barsText(result: Result, metric: Row): string {
  const texts = metric.bars?.map((bar) => {
    const isMet = meets(bar, result, metric);
    return isMet === undefined ? wantedText(bar, metric) : `${wantedText(bar, metric)} ${isMet ? "✓" : "✗ MISSED"}`;
  });
  return texts?.join(", ") ?? "";
}

function wantedText(bar: Bar, { better, unit }: Metric): string {
  const sign = better === "less" ? "≤" : "≥";
  if (bar.type === "works") return "works";
  if (bar.type === "peer") return `${better === "less" ? "<" : ">"} ${bar.name}`;
  return bar.type === "anchor" ? `${sign} ${bar.factor} × anchor` : `${sign} ${number(bar.value)} ${unit}`;
}

/** Undefined where the subject that the bar is set against was not measured. */
function meets(bar: Bar, result: Result, metric: Row): boolean | undefined {
  const medianOf = (name: string) => entryOf(result, name, metric).summary?.median;
  const own = medianOf(ownName);
  if (own === undefined || bar.type === "works") return own !== undefined;
  const limit = bar.type === "value" ? bar.value : medianOf(bar.type === "anchor" ? anchorName : bar.name);
  if (limit === undefined) return undefined;
  if (bar.type === "peer") return metric.better === "less" ? own < limit : own > limit;
  const bound = bar.type === "anchor" ? bar.factor * limit : limit;
  return metric.better === "less" ? own <= bound : own >= bound;
}
