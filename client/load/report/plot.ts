import { escaped, place } from "./markup.ts";
import type { Scale } from "./scale.ts";

/** A line of a plot. */
export interface Series {
  readonly name: string;
  /** Which of the colours, from 0. */
  readonly colour: number;
  /** Places of x and values of y, in the order of x. A gap is a value that is no number. */
  readonly points: readonly (readonly [x: number, y: number])[];
  /** `bars` stand on top of one another, in the order of the series. Default: `line`. */
  readonly form?: "line" | "dots" | "bars" | undefined;
}

/** One axis. */
export interface Axis {
  readonly scale: Scale;
  readonly textOf: (tick: number) => string;
}

/** A plot, before it is drawn. */
export interface Plot {
  readonly title: string;
  /** What y counts, and in what: `a second`. */
  readonly unit: string;
  /** What there is to see, for those who cannot. */
  readonly description: string;
  readonly series: readonly Series[];
  readonly x: Axis;
  readonly y: Axis;
  /** Parts of the x axis that do not count, with what they are. */
  readonly shaded?: readonly { readonly from: number; readonly to: number; readonly label: string }[] | undefined;
  /** How a value reads where one points at it. */
  readonly valueText: (value: number) => string;
}

const WIDTH = 640;
const HEIGHT = 300;
const LEFT = 64;
const RIGHT = 14;
const TOP = 54;
const BOTTOM = 30;
const INNER_WIDTH = WIDTH - LEFT - RIGHT;
const INNER_HEIGHT = HEIGHT - TOP - BOTTOM;

/** A plot as SVG. Its colours and fonts are classes, so that whoever embeds it chooses them. */
export function plotSvg(plot: Plot): string {
  const { title, unit, description, series, x, y } = plot;
  const parts = [
    `<title>${escaped(title)}</title><desc>${escaped(description)}</desc>`,
    `<text class="plot-title" x="${LEFT}" y="20">${escaped(title)}</text>`,
    `<text class="plot-legend" text-anchor="end" x="${WIDTH - RIGHT}" y="20">${escaped(unit)}</text>`,
    legend(series),
    shading(plot),
    grid(x, y),
    ...bars(plot),
    ...series.filter(({ form }) => form !== "bars").map((one) => line(one, plot)),
    pointers(plot),
  ];
  return `<svg class="plot" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(`${title}: ${description}`)}">${parts.join("")}</svg>`;
}

const xOf = ({ x }: Plot, value: number): number => LEFT + x.scale.at(value) * INNER_WIDTH;
const yOf = ({ y }: Plot, value: number): number => TOP + (1 - clamp(y.scale.at(value))) * INNER_HEIGHT;
const clamp = (share: number): number => Math.min(1, Math.max(0, share));

/** How many of these names have room in a legend, side by side. */
export function legendRoom(names: readonly string[]): number {
  let left = 0;
  const tooMany = names.findIndex((name) => (left += legendWidth(name)) > INNER_WIDTH);
  return tooMany < 0 ? names.length : tooMany;
}

/** Some 6.5 units a character, at the size of the class, behind its mark. */
const legendWidth = (name: string): number => 15 + name.length * 6.5 + 18;

function legend(series: readonly Series[]): string {
  let left = LEFT;
  return series
    .map(({ name, colour }) => {
      const mark = `<rect class="fill-${colour}" x="${place(left)}" y="32" width="10" height="10" rx="2"/>`;
      const text = `<text class="plot-legend" x="${place(left + 15)}" y="41">${escaped(name)}</text>`;
      left += legendWidth(name);
      return mark + text;
    })
    .join("");
}

function shading(plot: Plot): string {
  const parts = (plot.shaded ?? []).map(({ from, to, label }) => {
    const [left, right] = [xOf(plot, from), xOf(plot, to)];
    const rect = `<rect class="plot-shade" x="${place(left)}" y="${TOP}" width="${place(right - left)}" height="${INNER_HEIGHT}"/>`;
    // A label that is longer than what it stands in says nothing.
    if (right - left < label.length * 6 + 10) return rect;
    return `${rect}<text class="plot-tick" x="${place(left + 5)}" y="${TOP + 14}">${escaped(label)}</text>`;
  });
  return parts.join("");
}

function grid(x: Axis, y: Axis): string {
  const bottom = TOP + INNER_HEIGHT;
  const rows = y.scale.ticks.map((tick) => {
    const at = place(TOP + (1 - y.scale.at(tick)) * INNER_HEIGHT);
    return (
      `<line class="plot-grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}"/>` +
      `<text class="plot-tick" text-anchor="end" x="${LEFT - 8}" y="${place(Number(at) + 4)}">${escaped(y.textOf(tick))}</text>`
    );
  });
  const columns = x.scale.ticks.map((tick) => {
    const at = place(LEFT + x.scale.at(tick) * INNER_WIDTH);
    // At the edge there is no room for the half of it.
    const anchor = x.scale.at(tick) > 0.97 ? "end" : "middle";
    return (
      `<line class="plot-axis" x1="${at}" x2="${at}" y1="${bottom}" y2="${bottom + 5}"/>` +
      `<text class="plot-tick" text-anchor="${anchor}" x="${at}" y="${bottom + 18}">${escaped(x.textOf(tick))}</text>`
    );
  });
  const axis = `<line class="plot-axis" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${bottom}" y2="${bottom}"/>`;
  return [...rows, ...columns, axis].join("");
}

function line(series: Series, plot: Plot): string {
  const { colour, points, form } = series;
  let isPenDown = false;
  const path = points
    .map(([x, y]) => {
      if (!Number.isFinite(y)) {
        isPenDown = false;
        return "";
      }
      const command = isPenDown ? "L" : "M";
      isPenDown = true;
      return `${command}${place(xOf(plot, x))} ${place(yOf(plot, y))}`;
    })
    .join("");
  const dots = form === "dots" || points.length === 1 ? points.filter(([, y]) => Number.isFinite(y)) : [];
  const circles = dots.map(
    ([x, y]) => `<circle class="fill-${colour}" cx="${place(xOf(plot, x))}" cy="${place(yOf(plot, y))}" r="3"/>`,
  );
  return `<path class="line-${colour}" d="${path}"/>${circles.join("")}`;
}

function bars(plot: Plot): string[] {
  const stacks = new Map<number, number>();
  const columns = plot.series.filter(({ form }) => form === "bars");
  const width = barWidth(plot);
  return columns.flatMap(({ colour, points }) =>
    points.map(([x, y]) => {
      const below = stacks.get(x) ?? 0;
      stacks.set(x, below + y);
      if (!(y > 0)) return "";
      const [top, bottom] = [yOf(plot, below + y), yOf(plot, below)];
      const left = xOf(plot, x) - width / 2;
      return `<rect class="fill-${colour}" x="${place(left)}" y="${place(top)}" width="${place(width)}" height="${place(bottom - top)}"/>`;
    }),
  );
}

function barWidth({ series }: Plot): number {
  const count = Math.max(...series.map(({ points }) => points.length));
  return Math.max(1, (INNER_WIDTH / Math.max(1, count)) * 0.8);
}

/** Strips that show the values where one points at them. */
function pointers(plot: Plot): string {
  const { series, x, valueText } = plot;
  const places = [...new Set(series.flatMap(({ points }) => points.map(([at]) => at)))].toSorted((a, b) => a - b);
  return places
    .map((at, index) => {
      const [before, after] = [places[index - 1] ?? at, places[index + 1] ?? at];
      const left = Math.max(LEFT, (xOf(plot, before) + xOf(plot, at)) / 2);
      const right = Math.min(WIDTH - RIGHT, (xOf(plot, at) + xOf(plot, after)) / 2);
      const values = series.flatMap(({ name, points }) => {
        const value = points.find(([place]) => place === at)?.[1];
        return value === undefined || !Number.isFinite(value) ? [] : [`${name}: ${valueText(value)}`];
      });
      const text = escaped([x.textOf(at), ...values].join("\n"));
      return `<rect class="plot-pointer" x="${place(left)}" y="${TOP}" width="${place(Math.max(1, right - left))}" height="${INNER_HEIGHT}"><title>${text}</title></rect>`;
    })
    .join("");
}
