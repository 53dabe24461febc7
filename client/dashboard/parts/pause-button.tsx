import type { Signal } from "@preact/signals";
import { formatCount } from "../model/format.ts";
import { Icon } from "./icons.tsx";

/** What {@link PauseButton} holds still. */
interface PauseButtonProps {
  /** The index behind the newest item of the list. */
  readonly end: number;
  /** The index up to which the list is shown; undefined: it is not paused. */
  readonly pausedAt: Signal<number | undefined>;
}

/** Holds a list still that grows, so that it can be read. What comes meanwhile is kept. */
export function PauseButton({ end, pausedAt }: PauseButtonProps) {
  const isPaused = pausedAt.value !== undefined;
  const newer = end - (pausedAt.value ?? end);
  return (
    <button
      type="button"
      aria-pressed={isPaused}
      onClick={() => {
        pausedAt.value = isPaused ? undefined : end;
      }}
    >
      <Icon name={isPaused ? "play" : "pause"} />
      {isPaused ? `Go on${newer > 0 ? ` (${formatCount(newer)} newer)` : ""}` : "Pause"}
    </button>
  );
}
