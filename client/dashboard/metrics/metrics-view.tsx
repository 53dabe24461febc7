import { signal } from "@preact/signals";
import { link, observation } from "../link.ts";
import { formatAge, formatBytes, formatCount } from "../model/format.ts";
import { NoPermission } from "../parts/no-permission.tsx";
import { Notice } from "../parts/notice.tsx";
import { metrics } from "./metrics-store.ts";
import { coloursOf, panels } from "./panels.ts";
import { Plot } from "./plot.tsx";
import type { MetricsEvent } from "../../index.ts";

const seconds = signal(300);
const pointed = signal<number | undefined>(undefined);

const ranges = [
  [60, "1 min"],
  [300, "5 min"],
  [900, "15 min"],
  [3_600, "1 h"],
] as const;

/** The gateway's numbers over time. */
export function MetricsView() {
  void metrics.version.value;
  if (link.value.state === "host_only") return <NoPermission scope="observe" to="see the metrics" />;
  const { history } = metrics;
  const { latest } = history;
  if (!latest || history.length < 2)
    return <Notice title="Measuring…">The first numbers come within two seconds.</Notice>;
  const times = history.times();
  const server = observation.value?.server;
  return (
    <>
      <div class="toolbar">
        <h1>Metrics</h1>
        <span class="muted">
          {server && `${server.name} ${server.version}, `}
          seen for {formatAge(((times.at(-1) ?? 0) - (times[0] ?? 0)) * 1_000)}
        </span>
        <span class="stretch" />
        <div class="group" role="group" aria-label="Time that is shown">
          {ranges.map(([range, name]) => (
            <button
              key={range}
              type="button"
              aria-pressed={seconds.value === range}
              onClick={() => {
                seconds.value = range;
              }}
            >
              {name}
            </button>
          ))}
        </div>
      </div>
      <div class="metrics" tabIndex={0} role="region" aria-label="Plots">
        {panels.map(({ title, series, format, steps }) => {
          const lines = series(history);
          const colours = coloursOf(lines);
          return (
            <Plot
              key={title}
              {...{ title, times, series: lines, colours, format, steps, pointed, seconds: seconds.value }}
            />
          );
        })}
        <Executors latest={latest} />
        <Totals title="Executors that ended, by why" totals={latest.restarts} nothing="None has ended." />
        <Totals title="Sockets that closed, by code" totals={latest.closes} nothing="None has closed." />
        <Totals title="Refused for a limit" totals={latest.limitHits} nothing="Nothing was refused." />
      </div>
    </>
  );
}

function Executors({ latest }: { readonly latest: MetricsEvent }) {
  return (
    <section class="plot" aria-label="Executors">
      <h2>Executors, {formatCount(latest.executorsReady)} ready</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">pid</th>
            <th scope="col">role</th>
            <th scope="col" class="number">
              live cells
            </th>
            <th scope="col" class="number">
              memory
            </th>
          </tr>
        </thead>
        <tbody>
          {latest.executors.map(({ pid, role, cells, rssBytes }) => (
            <tr key={pid}>
              <td>{pid}</td>
              <td>{role}</td>
              <td class="number">{formatCount(cells)}</td>
              <td class="number">{rssBytes === 0 ? "not told" : formatBytes(rssBytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** What {@link Totals} shows. */
interface TotalsProps {
  readonly title: string;
  readonly totals: { readonly [name: string]: number };
  readonly nothing: string;
}

function Totals({ title, totals, nothing }: TotalsProps) {
  const rows = Object.entries(totals).filter(([, count]) => count > 0);
  return (
    <section class="plot" aria-label={title}>
      <h2>{title}</h2>
      {rows.length === 0 ? (
        <p class="muted">{nothing}</p>
      ) : (
        <table>
          <tbody>
            {rows.map(([name, count]) => (
              <tr key={name}>
                <th scope="row">{name}</th>
                <td class="number">{formatCount(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
