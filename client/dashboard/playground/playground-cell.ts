import { signal } from "@preact/signals";
import type { ContentItem, Outcome } from "../../index.ts";

/** Where a cell of the playground stands. */
export type RunState =
  | { readonly state: "starting" | "running" | "yielded" | "terminating" }
  | { readonly state: "over"; readonly outcome: Outcome }
  /** The gateway did not take the request, or the turn ended. */
  | { readonly state: "refused"; readonly message: string };

/** A cell that was run in the playground, with what it has put out so far. */
export class PlaygroundCell {
  readonly source: string;
  readonly startedAtMs = Date.now();
  readonly run = signal<RunState>({ state: "starting" });
  readonly cellId = signal<string | undefined>(undefined);
  readonly content = signal<readonly ContentItem[]>([]);
  readonly notifications = signal<readonly string[]>([]);
  /** How long it took, once it is over. */
  readonly tookMs = signal<number | undefined>(undefined);

  constructor(source: string) {
    this.source = source;
  }

  started(cellId: string): void {
    this.cellId.value = cellId;
    this.run.value = { state: "running" };
  }

  put(items: readonly ContentItem[]): void {
    this.content.value = [...this.content.value, ...items];
  }

  notified(text: string): void {
    this.notifications.value = [...this.notifications.value, text];
  }

  /** What it put out was heard before, as it appeared. */
  answered(outcome: Outcome): void {
    if (outcome.type === "yielded") {
      this.run.value = { state: "yielded" };
      return;
    }
    this.tookMs.value = Date.now() - this.startedAtMs;
    this.run.value = { state: "over", outcome };
  }

  /** Its session has ended, and it with it. */
  lost(): void {
    const { state } = this.run.peek();
    if (state !== "over" && state !== "refused")
      this.run.value = { state: "refused", message: "its session has ended" };
  }

  failed(error: unknown): void {
    this.run.value = { state: "refused", message: (error as Error).message };
  }
}
