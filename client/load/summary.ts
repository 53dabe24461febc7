import { durationText, significant } from "./duration.ts";
import { lostOf } from "./ledger.ts";
import { timeTexts } from "./metric-text.ts";
import type { LoadResult, MetricResult } from "./result.ts";
import { textTable } from "./text-table.ts";

const whole = (count: number): string => count.toLocaleString("en");

/** What was found, to be read in a terminal. */
export function summaryText(result: LoadResult): string {
  const parts = [
    headText(result),
    metricsText(result.metrics),
    ledgerText(result),
    errorsText(result),
    gatewayText(result),
    result.replay === undefined ? "" : replayText(result.replay),
    listText("NOTE", result.doubts),
    listText(
      "FAILED",
      result.checks
        .filter(({ failed }) => failed)
        .map(({ condition, value }) => {
          return `${condition}: got ${value === undefined ? "no such number" : significant(value)}`;
        }),
    ),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

/** How the flows are paced, in a few words. */
export function paceText({ plan, seconds }: Pick<LoadResult, "plan" | "seconds">): string {
  const { sockets, rate, concurrency, warmUpMs } = plan;
  const pace =
    rate === undefined
      ? `${whole(concurrency)} flows at a time (closed loop)`
      : `${significant(rate)} flows a second (open loop)`;
  const warmUp = warmUpMs > 0 ? ` after ${durationText(warmUpMs)} of warm-up` : "";
  return `${whole(sockets)} sockets, ${pace}, ${durationText(seconds * 1_000)}${warmUp}`;
}

function headText(result: LoadResult): string {
  const { scenario, machine, gateway, plan } = result;
  const where = gateway.flags ? `a gateway of its own${gateway.flags.map((flag) => ` ${flag}`).join("")}` : gateway.url;
  const { cores, cpu, node, busy } = machine;
  return [
    `${scenario.name}: ${scenario.about}`,
    `${paceText(result)}, seed ${plan.seed}`,
    `against ${where}, from ${cores} cores (${cpu}, ${(busy * 100).toFixed(0)} % busy), Node ${node}`,
  ].join("\n");
}

function metricsText(metrics: readonly MetricResult[]): string {
  if (metrics.length === 0) return "nothing was measured";
  const rows = metrics.map((metric) => {
    const { name, count, perSecond } = metric;
    return [name, whole(count), significant(perSecond), ...timeTexts(metric)];
  });
  return textTable(["time of", "count", "a second", "mean", "p50", "p90", "p99", "p99.9", "longest"], rows);
}

function ledgerText({ ledger, flows, traffic }: LoadResult): string {
  const { asked, answered, refused, failed, abandoned, unanswered, stray, missing } = ledger;
  const fates = { answered, refused, failed, abandoned, unanswered };
  const parts = Object.entries(fates).filter(([name, count]) => count > 0 || name === "answered");
  const sum = parts.map(([name, count]) => `${whole(count)} ${name}`).join(" + ");
  const lost = lostOf(ledger);
  const what = lost === 0 ? "nothing was lost" : `LOST: ${unanswered} answers, ${missing} frames; ${stray} strays`;
  return [
    `${whole(flows.begun)} flows; ${whole(asked)} requests = ${sum}: ${what}`,
    `${whole(traffic.frames)} frames, ${significant(traffic.frameBytes / 1e6)} MB came; ` +
      `${whole(traffic.calls)} tool calls, ${whole(traffic.notifications)} notifications`,
  ].join("\n");
}

function errorsText({ errors }: LoadResult): string {
  if (errors.length === 0) return "no errors";
  const rows = errors.map(({ what, count, message }) => {
    return `  ${whole(count).padStart(7)}  ${what}${message === "" ? "" : `: ${firstLine(message)}`}`;
  });
  return ["errors:", ...rows].join("\n");
}

function gatewayText({ timeline }: LoadResult): string {
  const seconds = timeline.filter(({ isWarmUp, gateway }) => !isWarmUp && gateway).map(({ gateway }) => gateway);
  const [first, last] = [seconds[0], seconds.at(-1)];
  if (!first || !last) return "";
  const mean = (of: "cpu" | "executorCpu") => {
    const values = seconds.map((second) => second?.[of]).filter((value) => value !== undefined);
    return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
  };
  const memory = (what: string, from: number | undefined, to: number | undefined) =>
    from === undefined || to === undefined ? [] : [`${what} ${MiB(from)} at first, ${MiB(to)} at last`];
  const cpu = (what: string, cores: number | undefined) =>
    cores === undefined ? [] : [`${what} ${significant(cores)} cores`];
  const parts = [
    ...memory("memory", first.rssBytes, last.rssBytes),
    ...cpu("CPU", mean("cpu")),
    ...memory("executors", first.executorRssBytes, last.executorRssBytes),
    ...cpu("their CPU", mean("executorCpu")),
  ];
  return `gateway: ${parts.join("; ")}`;
}

function replayText({ equal, different, skipped, differences }: NonNullable<LoadResult["replay"]>): string {
  const counts = `outcomes: ${whole(equal)} equal, ${whole(different)} different, ${whole(skipped)} not played`;
  return [counts, ...differences.map((difference) => `  ${difference}`)].join("\n");
}

function listText(head: string, items: readonly string[]): string {
  return items.map((item) => `${head}: ${item}`).join("\n");
}

function firstLine(text: string): string {
  const [line = ""] = text.split("\n");
  return line.length > 120 ? `${line.slice(0, 120)}…` : line;
}

function MiB(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}
