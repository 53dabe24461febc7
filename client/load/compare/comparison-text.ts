import { durationText, significant } from "../duration.ts";
import { textTable } from "../text-table.ts";
import type { Comparison, Difference } from "./comparison.ts";

/** A comparison, to be read in a terminal. */
export function comparisonText({ differences, doubts }: Comparison): string {
  const rows = differences.map((difference) => {
    const { what, unit, before, after, interval, verdict } = difference;
    const text = (value: number) => valueText(value, unit);
    return [
      what,
      text(before),
      text(after),
      interval ? `${signed(interval[0], unit)} … ${signed(interval[1], unit)}` : "",
      verdictText(verdict),
    ];
  });
  const head = ["", "before", "after", "difference, 999 in 1,000", ""];
  const notes = doubts.map((doubt) => `NOTE: ${doubt}`);
  return `${[textTable(head, rows), ...notes, conclusion(differences)].join("\n")}\n`;
}

function conclusion(differences: readonly Difference[]): string {
  const of = (verdict: Difference["verdict"]) =>
    differences.filter((one) => one.verdict === verdict).map(({ what }) => what);
  const [worse, better, unclear] = [of("worse"), of("better"), of("unclear")];
  if (worse.length > 0) return `worse: ${worse.join(", ")}`;
  if (better.length > 0) return `better: ${better.join(", ")}; nothing is worse for certain`;
  return unclear.length > 0 ? `no difference for certain; unclear: ${unclear.join(", ")}` : "no difference";
}

function verdictText(verdict: Difference["verdict"]): string {
  return verdict === "worse" ? "WORSE" : verdict;
}

function valueText(value: number, unit: Difference["unit"]): string {
  return unit === "ms" ? durationText(value) : significant(value);
}

function signed(value: number, unit: Difference["unit"]): string {
  return `${value < 0 ? "−" : "+"}${valueText(Math.abs(value), unit)}`;
}
