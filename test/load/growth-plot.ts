import { durationText, significant } from "../../client/load/duration.ts";
import { escaped } from "../../client/load/report/markup.ts";
import { type Plot, plotSvg } from "../../client/load/report/plot.ts";
import { linearScale, logScale, type Scale } from "../../client/load/report/scale.ts";
import { plotCss, themeCss } from "../../client/load/report/theme.ts";
import type { GrowthAxis, GrowthPoint } from "./growth-axis.ts";

const WIDTH = 640;
const HEIGHT = 300;

/** Throughput and times along an axis, side by side, as a picture of its own. */
export function growthSvg(axis: GrowthAxis, points: readonly GrowthPoint[]): string {
  const title = `${axis.title}: ${axis.about}`;
  const plots = [throughput(axis, points), times(axis, points)].map((plot, index) => {
    return plotSvg(plot).replace("<svg ", `<svg x="${index * WIDTH}" width="${WIDTH}" height="${HEIGHT}" `);
  });
  const size = `viewBox="0 0 ${2 * WIDTH} ${HEIGHT}" width="${2 * WIDTH}" height="${HEIGHT}"`;
  const style = `<style>${themeCss}${plotCss}</style>`;
  const ground = `<rect width="100%" height="100%" style="fill:var(--ground)"/>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img"><title>${escaped(title)}</title>${style}${ground}${plots.join("")}</svg>\n`;
}

function throughput(axis: GrowthAxis, points: readonly GrowthPoint[]): Plot {
  const values = points.map(({ at, perSecond }) => [at, perSecond] as const);
  return {
    title: `${axis.title}: throughput`,
    unit: "cells a second",
    description: axis.about,
    series: [{ name: "cells a second", colour: 0, points: values, form: "dots" }],
    x: xAxis(axis),
    y: { scale: linearScale(0, Math.max(...values.map(([, value]) => value)), 5), textOf: significant },
    valueText: significant,
  };
}

function times(axis: GrowthAxis, points: readonly GrowthPoint[]): Plot {
  const of = (pick: "p50" | "p99") => points.map((point) => [point.at, point[pick]] as const);
  const all = [...of("p50"), ...of("p99")].map(([, ms]) => ms);
  return {
    title: `${axis.title}: time of a cell`,
    unit: "logarithmic",
    description: axis.about,
    series: [
      { name: "median", colour: 0, points: of("p50"), form: "dots" },
      { name: "p99", colour: 1, points: of("p99"), form: "dots" },
    ],
    x: xAxis(axis),
    y: { scale: logScale(Math.min(...all), Math.max(...all)), textOf: (ms) => durationText(ms).replace(/\.0+ /, " ") },
    valueText: durationText,
  };
}

/** The places that were measured are its ticks. */
function xAxis({ places, textOf }: GrowthAxis): Plot["x"] {
  const [first = 1, last = 1] = [places[0], places.at(-1)];
  const isLinear = last / first < 10;
  const share = isLinear
    ? (value: number) => (value - first) / (last - first)
    : (value: number) => Math.log(value / first) / Math.log(last / first);
  // What is at an edge is seen as a whole.
  const scale: Scale = { at: (value) => 0.04 + 0.92 * share(value), ticks: places };
  return { scale, textOf };
}
