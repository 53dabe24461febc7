const KIB = 1024;
const units = ["B", "KiB", "MiB", "GiB", "TiB"];

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** `1,284`. */
export function formatCount(count: number): string {
  return whole.format(count);
}

/** `12 B`, `3.4 KiB`, `120 MiB`. */
export function formatBytes(bytes: number): string {
  let unit = 0;
  let size = bytes;
  while (size >= KIB && unit < units.length - 1) {
    size /= KIB;
    unit += 1;
  }
  return `${unit === 0 || size >= 100 ? whole.format(size) : size.toFixed(1)} ${units[unit]}`;
}

/** How long something took: `0.4 ms`, `12 ms`, `1.20 s`, `12.5 s`, `3 min 05 s`, `2 h 10 min`. */
export function formatDuration(ms: number): string {
  if (ms < 10) return `${Math.max(0, ms).toFixed(1)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${(Math.floor(ms / 10) / 100).toFixed(2)} s`;
  if (ms < 60_000) return `${(Math.floor(ms / 100) / 10).toFixed(1)} s`;
  return formatAge(ms);
}

/** How long ago something was, in two units at most: `8 s`, `3 min 05 s`, `2 h 10 min`, `4 d 03 h`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${twoDigits(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${twoDigits(minutes % 60)} min`;
  return `${Math.floor(hours / 24)} d ${twoDigits(hours % 24)} h`;
}

/** Time of day where the reader is: `14:03:07.120`. */
export function formatTime(atMs: number): string {
  const at = new Date(atMs);
  const parts = [at.getHours(), at.getMinutes(), at.getSeconds()].map(twoDigits);
  return `${parts.join(":")}.${String(at.getMilliseconds()).padStart(3, "0")}`;
}

/** An id in a place where there is little room: `Kj3x…9aQz`. */
export function shortId(id: string): string {
  return id.length <= 11 ? id : `${id.slice(0, 5)}…${id.slice(-4)}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
