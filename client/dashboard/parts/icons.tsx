const paths = {
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.6 10.6 14 14",
  close: "M4 4l8 8M12 4l-8 8",
  pause: "M6 3v10M10 3v10",
  play: "M5 3l8 5-8 5z",
  stop: "M4 4h8v8H4z",
  copy: "M6 6h7v7H6zM10 6V3H3v7h3",
  chevron: "M6 4l4 4-4 4",
  plus: "M8 3v10M3 8h10",
  minus: "M3 8h10",
  fit: "M2 8h12M2 8l3-3M2 8l3 3M14 8l-3-3M14 8l-3 3",
  follow: "M2 8h9M8 4l4 4-4 4M14 3v10",
  download: "M8 2v8M4.5 7 8 10.5 11.5 7M3 13.5h10",
  upload: "M8 10.5v-8M4.5 6 8 2.5 11.5 6M3 13.5h10",
  theme: "M8 2a6 6 0 1 0 0 12zM8 2a6 6 0 0 1 0 12",
  inward: "M3 8h10M9 4l4 4-4 4",
  outward: "M13 8H3M7 4 3 8l4 4",
} as const;

/** The name of a drawing. */
export type IconName = keyof typeof paths;

/** A small drawing beside a text that says the same. */
export function Icon({ name }: { readonly name: IconName }) {
  const isFilled = name === "play" || name === "stop";
  return (
    <svg
      width="14"
      height="14"
      viewBox="0 0 16 16"
      aria-hidden="true"
      fill={isFilled ? "currentColor" : "none"}
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linecap="round"
      stroke-linejoin="round"
    >
      <path d={paths[name]} />
    </svg>
  );
}
