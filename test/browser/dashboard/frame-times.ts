import type { Page } from "playwright-core";

/** How long a page was busy between its frames, in milliseconds. */
export interface FrameTimes {
  readonly median: number;
  readonly p99: number;
  readonly longest: number;
  readonly count: number;
}

/** Scrolls a list from its first row to its last in so many frames, each of which draws other rows. */
export async function scrollTimes(page: Page, label: string, frames: number): Promise<FrameTimes> {
  const times = await page.evaluate<number[]>(`(async () => {
    const list = document.querySelector('[aria-label="${label}"]');
    const nextFrame = () => new Promise(requestAnimationFrame);
    const end = list.scrollHeight - list.clientHeight;
    list.scrollTop = 0;
    const times = [];
    let before = await nextFrame();
    for (let frame = 1; frame <= ${frames}; frame++) {
      list.scrollTop = end * frame / ${frames};
      const at = await nextFrame();
      times.push(at - before);
      before = at;
    }
    return times;
  })()`);
  return summaryOf(times);
}

/** Starts to measure a page. What is returned ends that, and gives what was measured. */
export async function measureFrames(page: Page): Promise<() => Promise<FrameTimes>> {
  await page.evaluate(`void (() => {
    const times = globalThis.frameTimes = [];
    let before = performance.now();
    requestAnimationFrame(function measure(at) {
      times.push(at - before);
      before = at;
      if (globalThis.frameTimes === times) requestAnimationFrame(measure);
    });
  })()`);
  return async () => summaryOf(await page.evaluate<number[]>("[frameTimes, frameTimes = undefined][0]"));
}

/** `frames: median 17 ms, p99 33 ms, longest 48 ms of 200`. */
export function frameTimesText({ median, p99, longest, count }: FrameTimes): string {
  const ms = (time: number) => `${time.toFixed(0)} ms`;
  return `frames: median ${ms(median)}, p99 ${ms(p99)}, longest ${ms(longest)} of ${count}`;
}

function summaryOf(times: readonly number[]): FrameTimes {
  const sorted = times.toSorted((left, right) => left - right);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  return { median: at(0.5), p99: at(0.99), longest: at(1), count: sorted.length };
}
