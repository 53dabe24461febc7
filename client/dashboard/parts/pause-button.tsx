import type { Signal } from "@preact/signals";
import type { BoundedList } from "../model/bounded-list.ts";
import { formatCount } from "../model/format.ts";
import { Icon } from "./icons.tsx";

/** What {@link PauseButton} holds still. */
interface PauseButtonProps {
  readonly list: BoundedList<unknown>;
  /** The index up to which the list is shown; undefined: it is not paused. */
  readonly pausedAt: Signal<number | undefined>;
}

/** Holds a list still that grows, so that it can be read. What comes meanwhile is kept. */
export function PauseButton({ list, pausedAt }: PauseButtonProps) {
  const isPaused = pausedAt.value !== undefined;
  const newer = list.end - (pausedAt.value ?? list.end);
  return (
    <button
      type="button"
      aria-pressed={isPaused}
      onClick={() => {
        pausedAt.value = isPaused ? undefined : list.end;
      }}
    >
      <Icon name={isPaused ? "play" : "pause"} />
      {isPaused ? `Go on${newer > 0 ? ` (${formatCount(newer)} newer)` : ""}` : "Pause"}
    </button>
  );
}
