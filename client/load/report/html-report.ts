import { durationText, significant } from "../duration.ts";
import { lostOf } from "../ledger.ts";
import { percentileText, timeTexts } from "../metric-text.ts";
import type { LoadResult } from "../result.ts";
import { paceText } from "../summary.ts";
import { loadPlots, mainMetric } from "./load-plots.ts";
import { escaped } from "./markup.ts";
import { plotSvg } from "./plot.ts";
import { plotCss, themeCss } from "./theme.ts";

/** A load as a page of its own: it needs no other file, no script and no network. */
export function htmlReport(result: LoadResult): string {
  const { scenario, startedAtMs } = result;
  const title = `${scenario.name}, ${new Date(startedAtMs).toISOString().slice(0, 16).replace("T", " ")} UTC`;
  const body = [
    `<header><h1>${escaped(scenario.name)}</h1><p>${escaped(scenario.about)}</p><p class="faint">${escaped(paceText(result))}, ${escaped(title.slice(scenario.name.length + 2))}</p></header>`,
    tiles(result),
    notes(result),
    `<section class="plots">${loadPlots(result)
      .map((plot) => `<figure>${plotSvg(plot)}</figure>`)
      .join("")}</section>`,
    section("Times", metricsTable(result)),
    result.errors.length > 0 ? section("Errors", errorsTable(result)) : "",
    `<div class="pair">${section("Requests", ledgerTable(result))}${section("Circumstances", circumstancesTable(result))}</div>`,
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${themeCss}${plotCss}${pageCss}</style>
</head>
<body><main>${body.join("\n")}</main></body>
</html>
`;
}

function tiles(result: LoadResult): string {
  const { ledger, errors, timeline } = result;
  const main = mainMetric(result);
  const lost = lostOf(ledger);
  const failures = errors.reduce((sum, { count }) => sum + count, 0);
  const memory = Math.max(...timeline.map(({ gateway }) => gateway?.rssBytes ?? 0));
  const list: (readonly [name: string, value: string, tone?: string])[] = [
    [`${main?.name ?? "flow"} a second`, significant(main?.perSecond ?? 0)],
    ["median", main ? percentileText(main, "p50") : "–"],
    ["99th percentile", main ? percentileText(main, "p99") : "–"],
    ["requests lost", String(lost), lost > 0 ? "bad" : "good"],
    ["errors", failures.toLocaleString("en"), failures > 0 ? "bad" : "good"],
  ];
  if (memory > 0) list.push(["gateway at most", `${(memory / 2 ** 20).toFixed(0)} MiB`]);
  const items = list.map(([name, value, tone = ""]) => {
    return `<div><dt>${escaped(name)}</dt><dd class="${tone}">${escaped(value)}</dd></div>`;
  });
  return `<dl class="tiles">${items.join("")}</dl>`;
}

function notes({ doubts, checks }: LoadResult): string {
  const failed = checks.filter((check) => check.failed);
  const items = [
    ...failed.map(({ condition, value }) => {
      const got = value === undefined ? "there is no such number" : `it is ${significant(value)}`;
      return `<li class="bad"><b>failed:</b> ${escaped(condition)}; ${got}</li>`;
    }),
    ...doubts.map((doubt) => `<li>${escaped(doubt)}</li>`),
  ];
  return items.length === 0 ? "" : `<ul class="notes">${items.join("")}</ul>`;
}

function metricsTable({ metrics }: LoadResult): string {
  const head = ["", "count", "a second", "mean", "p50", "p90", "p99", "p99.9", "longest"];
  const rows = metrics.map((metric) => {
    const { name, count, perSecond } = metric;
    return [name, count.toLocaleString("en"), significant(perSecond), ...timeTexts(metric)];
  });
  return table(head, rows);
}

function errorsTable({ errors }: LoadResult): string {
  const rows = errors.map(({ what, count, message }) => [what, count.toLocaleString("en"), message]);
  return table(["", "count", "the first said"], rows, "texts");
}

function ledgerTable({ ledger, flows }: LoadResult): string {
  const counts = {
    ...ledger,
    "flows begun": flows.begun,
    "flows not begun": flows.notBegun,
    "flows not ended": flows.notEnded,
  };
  const rows = Object.entries<number>(counts).map(([name, count]) => [name, count.toLocaleString("en")]);
  return table(["", "count"], rows);
}

function circumstancesTable({ gateway, machine, plan, traffic }: LoadResult): string {
  const spawned = gateway.flags && `spawned ${gateway.flags.join(" ")}`;
  const rows: [string, string][] = [
    ["gateway", [gateway.url, spawned].filter(Boolean).join(", ")],
    [
      "client",
      `${machine.cores} cores, ${machine.cpu}, ${machine.memoryMiB.toLocaleString("en")} MiB, ${machine.platform}`,
    ],
    ["Node", machine.node],
    ["cores busy", `${(machine.busy * 100).toFixed(0)} %, with all that ran on the machine`],
    ["workers", String(plan.workers)],
    ["seed", plan.seed],
    ["time-out", durationText(plan.timeoutMs)],
    ["frames that came", `${traffic.frames.toLocaleString("en")}, ${significant(traffic.frameBytes / 1e6)} MB`],
    ["tool calls", traffic.calls.toLocaleString("en")],
    ["notifications", traffic.notifications.toLocaleString("en")],
  ];
  return table(["", ""], rows, "texts");
}

function section(title: string, content: string): string {
  return `<section><h2>${escaped(title)}</h2>${content}</section>`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[], kind = ""): string {
  const titles = head.map((title) => `<th scope="col">${escaped(title)}</th>`).join("");
  const lines = rows.map(([name = "", ...cells]) => {
    const values = cells.map((cell) => `<td>${escaped(cell)}</td>`).join("");
    return `<tr><th scope="row">${escaped(name)}</th>${values}</tr>`;
  });
  const top = head.every((title) => title === "") ? "" : `<thead><tr>${titles}</tr></thead>`;
  return `<div class="scroll"><table class="${kind}">${top}<tbody>${lines.join("")}</tbody></table></div>`;
}

const pageCss = `
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:1280px;margin:0 auto;padding:32px 24px 64px}
h1{margin:0;font-size:28px;line-height:1.2}
h2{font-size:18px;margin:32px 0 8px}
header p{margin:4px 0 0;max-width:110ch}
.faint{color:var(--faint)}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:12px;margin:24px 0}
.tiles div{background:var(--card);border:1px solid var(--rule);border-radius:8px;padding:12px 16px}
dt{color:var(--faint);font-size:13px}
dd{margin:2px 0 0;font-size:24px;font-weight:600;font-variant-numeric:tabular-nums}
.bad{color:var(--bad)}
.good{color:var(--good)}
.notes{margin:0 0 24px;padding:12px 16px 12px 36px;background:var(--card);border:1px solid var(--rule);border-left:4px solid var(--series-1);border-radius:8px}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,520px),1fr));gap:16px}
figure .plot{display:block;width:100%;height:auto}
figure{margin:0;padding:12px 8px 8px;background:var(--card);border:1px solid var(--rule);border-radius:8px}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,420px),1fr));gap:0 32px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:5px 14px;text-align:right;border-bottom:1px solid var(--rule);white-space:nowrap}
th:first-child,td:first-child{padding-left:0}
thead th{color:var(--faint);font-weight:500;font-size:13px}
tbody th{text-align:left;font-weight:500}
.texts td{text-align:left;white-space:normal;overflow-wrap:anywhere}
@media print{body{font-size:12px}figure{break-inside:avoid}}
`;
