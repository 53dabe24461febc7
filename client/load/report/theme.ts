/** Colours of series that people with any kind of colour vision can tell apart, on light and on dark. */
const series: readonly (readonly [light: string, dark: string])[] = [
  ["#1f6feb", "#6ea8fe"],
  ["#d97706", "#fbb040"],
  ["#0f8a7e", "#4fd1c5"],
  ["#9333ea", "#cf9bff"],
  ["#dc2663", "#ff8fab"],
  ["#7a8494", "#8b95a5"],
  ["#4d7c0f", "#a3e05a"],
];

/** How many colours there are. */
export const colourCount = series.length;

const colours = [
  ["ink", "#1c2430", "#e6eaf0"],
  ["faint", "#5b6675", "#9aa5b4"],
  ["rule", "#dde2e9", "#2c3542"],
  ["ground", "#ffffff", "#12161c"],
  ["card", "#f6f8fa", "#1a2029"],
  ["shade", "#eef1f5", "#222a35"],
  ["bad", "#b91c1c", "#ff8b8b"],
  ["good", "#0f766e", "#4fd1c5"],
  ...series.map(([light, dark], index) => [`series-${index}`, light, dark] as const),
] as const;

const variables = (pick: 1 | 2): string => colours.map((colour) => `--${colour[0]}:${colour[pick]}`).join(";");

/** The colours, on light or dark as whoever looks has it; a page or a picture may say otherwise by `data-theme`. */
export const themeCss = `
:root{color-scheme:light dark;${variables(1)}}
@media (prefers-color-scheme:dark){:root{${variables(2)}}}
`;

/** How plots look. */
export const plotCss = `
.plot{font-family:system-ui,sans-serif}
.plot text{fill:var(--ink)}
.plot-title{font-size:15px;font-weight:600}
.plot .plot-legend{font-size:12px;fill:var(--faint)}
.plot .plot-tick{font-size:11px;fill:var(--faint);font-variant-numeric:tabular-nums}
.plot-grid{stroke:var(--rule);stroke-width:1}
.plot-axis{stroke:var(--faint);stroke-width:1}
.plot-shade{fill:var(--shade)}
.plot-pointer{fill:transparent}
.plot-pointer:hover{fill:var(--ink);fill-opacity:.06}
${series
  .map((_, index) => {
    return `.line-${index}{fill:none;stroke:var(--series-${index});stroke-width:1.8;stroke-linejoin:round}.fill-${index}{fill:var(--series-${index})}`;
  })
  .join("\n")}
`;
