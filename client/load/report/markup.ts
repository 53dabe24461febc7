/** Text as it stands in HTML and SVG, between tags and in attributes. */
export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** A length or place in SVG: a tenth of a unit is as fine as anybody sees. */
export function place(value: number): string {
  return String(Math.round(value * 10) / 10);
}
