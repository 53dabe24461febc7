import { signal } from "@preact/signals";
import type { SessionModel } from "../model/session-model.ts";
import { type TimeView, zoomed } from "../model/time-scale.ts";

/** What decides the stretch of time that is drawn: all of it, the latest part of it, or the reader. */
export type TimeMode = "all" | "follow" | "fixed";

/** So much of the width is left free at the right, where what happens now is drawn. */
const MARGIN = 0.03;

/** The stretch of time that a timeline shows. */
export class TimeWindow {
  readonly mode = signal<TimeMode>("follow");
  readonly #spanMs = signal(30_000);
  readonly #fixed = signal<TimeView>({ fromMs: 0, toMs: 1 });

  /** What is drawn when it is now `nowMs`. */
  viewAt(model: SessionModel, nowMs: number): TimeView {
    switch (this.mode.value) {
      case "all": {
        const fromMs = model.cells[0]?.acceptedAtMs ?? model.firstAtMs ?? nowMs;
        const spanMs = Math.max(nowMs - fromMs, 1);
        return { fromMs: fromMs - spanMs * MARGIN, toMs: nowMs + spanMs * MARGIN };
      }
      case "follow": {
        const toMs = nowMs + this.#spanMs.value * MARGIN;
        return { fromMs: toMs - this.#spanMs.value, toMs };
      }
      default:
        return this.#fixed.value;
    }
  }

  show(view: TimeView): void {
    this.#fixed.value = view;
    this.mode.value = "fixed";
  }

  /** Shows a stretch of time with some room on both sides. */
  showSpan(fromMs: number, toMs: number): void {
    const roomMs = Math.max(1, toMs - fromMs) * 0.1;
    this.show({ fromMs: fromMs - roomMs, toMs: toMs + roomMs });
  }

  /** Zooms around a moment; one that follows goes on following. */
  zoom(current: TimeView, factor: number, aroundMs?: number): void {
    if (this.mode.value === "follow" && aroundMs === undefined) {
      this.#spanMs.value = Math.min(86_400_000, Math.max(10, this.#spanMs.value * factor));
    } else this.show(zoomed(current, factor, aroundMs ?? (current.fromMs + current.toMs) / 2));
  }

  pan({ fromMs, toMs }: TimeView, fraction: number): void {
    const byMs = (toMs - fromMs) * fraction;
    this.show({ fromMs: fromMs + byMs, toMs: toMs + byMs });
  }
}
