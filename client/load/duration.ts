const units: { readonly [unit: string]: number } = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Milliseconds of `200ms`, `1.5s`, `5m`, `1h`; a bare number is of seconds. Undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const [, number, unit = "s"] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text) ?? [];
  return number === undefined ? undefined : Number(number) * (units[unit] ?? 1);
}

/** A time to be read: `1.69 ms`, `12.3 s`. */
export function durationText(ms: number): string {
  if (ms < 0.995) return `${(ms * 1_000).toFixed(0)} µs`;
  if (ms < 999.5) return `${significant(ms)} ms`;
  return ms < 119_950 ? `${significant(ms / 1_000)} s` : `${(ms / 60_000).toFixed(1)} min`;
}

/** Three significant digits, and thousands with commas. */
export function significant(value: number): string {
  const digits = value === 0 ? 0 : Math.min(20, Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value)))));
  return value.toLocaleString("en", { minimumFractionDigits: digits > 2 ? 0 : digits, maximumFractionDigits: digits });
}
