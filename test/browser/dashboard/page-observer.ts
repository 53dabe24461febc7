import type { BrowserContext, Page } from "playwright-core";
import type { ObserverReport, SessionObserver } from "../../observing/observer-process.ts";
import { type FrameTimes, measureFrames } from "./frame-times.ts";

/** How usable the page was while it watched. */
export interface PageUse {
  readonly frames: FrameTimes;
  /** From clicks to what they bring about, in milliseconds. */
  readonly clicks: readonly number[];
}

/** How long the page may take to show the last that it was told. */
const SHOWN_MS = 10_000;

/** A dashboard that is open on the frames of a session, with somebody before it who clicks. */
export class PageObserver implements SessionObserver {
  readonly #page: Page;
  readonly #onEnd: (use: PageUse) => void;
  readonly #frames: () => Promise<FrameTimes>;
  readonly #clicks: Promise<number[]>;
  #isOver = false;

  /** Resolves when it watches. `onEnd` hears how that was. */
  static async open(
    context: BrowserContext,
    { url, token }: { url: string; token: string },
    sessionId: string,
    onEnd: (use: PageUse) => void,
  ): Promise<PageObserver> {
    const page = await context.newPage();
    const address = `http://${new URL(url).host}/`;
    await page.goto(`${address}#token=${token}`);
    await page.getByRole("grid", { name: "Sessions" }).waitFor();
    await page.goto(`${address}#/sessions/${sessionId}/frames`);
    await page.getByRole("heading", { name: "No frames yet" }).waitFor();
    return new PageObserver(page, await measureFrames(page), onEnd);
  }

  private constructor(page: Page, frames: () => Promise<FrameTimes>, onEnd: (use: PageUse) => void) {
    this.#page = page;
    this.#frames = frames;
    this.#onEnd = onEnd;
    this.#clicks = this.#click();
    // What goes wrong before it is asked for is told then.
    this.#clicks.catch(() => {});
  }

  async sawAll(frames: number): Promise<ObserverReport> {
    this.#isOver = true;
    this.#onEnd({ frames: await this.#frames(), clicks: await this.#clicks });
    const shown = this.#page.getByRole("link", { name: `Frames ${frames.toLocaleString("en")}`, exact: true });
    const sawAll = await shown.waitFor({ timeout: SHOWN_MS }).then(
      () => true,
      () => false,
    );
    const text = await this.#page.getByRole("link", { name: /^Frames / }).innerText();
    const seen = sawAll ? frames : Number(text.replace(/\D/g, ""));
    await this.#page.close();
    return { seen, dropped: frames - seen };
  }

  /** Pauses the list and lets it go on, again and again. */
  async #click(): Promise<number[]> {
    const times: number[] = [];
    while (!this.#isOver) {
      for (const [button, then] of [
        ["Pause", "Go on"],
        ["Go on", "Pause"],
      ] as const) {
        const began = performance.now();
        await this.#page.getByRole("button", { name: button }).click();
        await this.#page.getByRole("button", { name: then }).waitFor();
        times.push(performance.now() - began);
      }
    }
    return times;
  }
}
