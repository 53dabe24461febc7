import type { Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import type { Series } from "../model/metrics-history.ts";
import { isDark } from "../theme.ts";

/** What {@link Plot} draws. */
interface PlotProps {
  readonly title: string;
  /** Moments in Unix seconds. */
  readonly times: readonly number[];
  readonly series: readonly Series[];
  /** The colour of each, as a custom property of the page. */
  readonly colours: readonly string[];
  /** Seconds that are shown, up to the latest; fewer, where the page has not seen as many. */
  readonly seconds: number;
  readonly format: (value: number) => string;
  /** Steps between two marks, of which the first that leaves room is taken. Default: 1, 2 or 5 times a power of ten. */
  readonly steps?: number[] | undefined;
  /** The moment that is pointed at, of all plots at once; undefined: the latest. */
  readonly pointed: Signal<number | undefined>;
}

const HEIGHT = 132;

/** Shown at first, however little there is. */
const LEAST_SECONDS = 60;

const decimalSteps = Array.from({ length: 16 }, (_, index) => [1, 2, 5].map((step) => step * 10 ** (index - 1))).flat();

/** All plots point at the same moment. */
const sync = { key: "cellgate" };

/** Lines over time, with what they are at the moment that is pointed at. */
export function Plot(props: PlotProps) {
  const { title, times, series, colours, seconds, format, pointed } = props;
  const place = useRef<HTMLDivElement>(null);
  const drawn = useRef<uPlot | undefined>(undefined);
  const labels = series.map(({ label }) => label).join("|");
  const isDarkNow = isDark();

  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    const options = optionsOf(element, props);
    const plot = new uPlot(options, [[...times], ...series.map(({ values }) => [...values])], element);
    drawn.current = plot;
    const measure = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    measure.observe(element);
    return () => {
      measure.disconnect();
      plot.destroy();
    };
    // Made anew only when its lines or its colours are others.
  }, [labels, isDarkNow]);

  useEffect(() => {
    const plot = drawn.current;
    if (!plot) return;
    const latest = times.at(-1) ?? 0;
    plot.setData([[...times], ...series.map(({ values }) => [...values])], false);
    const seen = latest - (times[0] ?? latest);
    plot.setScale("x", { min: latest - Math.min(seconds, Math.max(LEAST_SECONDS, seen)), max: latest });
  });

  const at = pointed.value ?? times.length - 1;
  const valueAt = (values: Series["values"]): string => {
    const value = values[at];
    return value == null ? "–" : format(value);
  };
  const told = series.map(({ label, values }) => `${label} ${valueAt(values)}`).join(", ");
  return (
    <figure class="plot">
      <figcaption>
        <h2>{title}</h2>
        <ul>
          {series.map(({ label, values }, index) => (
            <li key={label}>
              <svg width="10" height="10" aria-hidden="true">
                <rect width="10" height="10" rx="2" style={{ fill: `var(${colours[index]})` }} />
              </svg>
              <span class="muted">{label}</span> <b>{valueAt(values)}</b>
            </li>
          ))}
        </ul>
      </figcaption>
      <div ref={place} class="plot-place" role="img" aria-label={`${title} over time: ${told}`} />
    </figure>
  );
}

function optionsOf(
  element: HTMLElement,
  { series, colours, format, steps = decimalSteps, pointed }: PlotProps,
): uPlot.Options {
  const colour = (name: string) => resolved(element, name);
  const axis = {
    stroke: colour("--muted"),
    font: "11px system-ui, sans-serif",
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [8, 28, 0, 0],
    legend: { show: false },
    cursor: { sync, drag: { x: false, y: false }, points: { size: 6 } },
    scales: { y: { range: (_, min, max) => [Math.min(0, min ?? 0), Math.max(max ?? 0, 1e-3) * 1.08] } },
    axes: [
      { ...axis, size: 20, space: 72, values: (_, marks) => marks.map(timeOfDay) },
      { ...axis, size: 60, space: 28, values: (_, marks) => marks.map(format), incrs: steps },
    ],
    series: [
      {},
      ...series.map(({ label }, index) => ({
        label,
        stroke: colour(colours[index] ?? "--text"),
        width: 1.5,
        points: { show: false },
      })),
    ],
    hooks: {
      setCursor: [
        ({ cursor }) => {
          pointed.value = cursor.idx ?? undefined;
        },
      ],
    },
  };
}

function timeOfDay(seconds: number): string {
  return new Date(seconds * 1_000).toTimeString().slice(0, 8);
}

/** A canvas takes no custom properties: what one is worth is what an element looks like that has it. */
function resolved(element: HTMLElement, name: string): string {
  element.style.color = `var(${name})`;
  const { color } = getComputedStyle(element);
  element.style.color = "";
  return color;
}
