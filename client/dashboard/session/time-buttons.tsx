import type { TimeView } from "../model/time-scale.ts";
import { Icon } from "../parts/icons.tsx";
import type { TimeMode, TimeWindow } from "./time-window.ts";

/** What {@link TimeButtons} needs. */
interface TimeButtonsProps {
  readonly time: TimeWindow;
  /** What is drawn now. */
  readonly view: TimeView;
  readonly isLive: boolean;
  /** Undefined: no cell is selected. */
  readonly zoomToSelected: (() => void) | undefined;
}

/** What the timeline shows of the time: everything, the latest, more or less of it. And what its colours mean. */
export function TimeButtons({ time, view, isLive, zoomToSelected }: TimeButtonsProps) {
  const mode = (name: TimeMode) => ({
    "aria-pressed": time.mode.value === name,
    onClick: () => {
      time.mode.value = name;
    },
  });
  return (
    <>
      <div class="group" role="group" aria-label="Time">
        <button type="button" {...mode("follow")} disabled={!isLive} title="The latest part, moving with the time (f)">
          <Icon name="follow" />
          Follow
        </button>
        <button type="button" {...mode("all")} title="From the first cell to now (0)">
          <Icon name="fit" />
          All
        </button>
        <button type="button" disabled={!zoomToSelected} title="The selected cell (z)" onClick={zoomToSelected}>
          Selected
        </button>
        <button
          type="button"
          class="square"
          aria-label="Zoom in"
          title="Zoom in (+)"
          onClick={() => time.zoom(view, 0.5)}
        >
          <Icon name="plus" />
        </button>
        <button
          type="button"
          class="square"
          aria-label="Zoom out"
          title="Zoom out (−)"
          onClick={() => time.zoom(view, 2)}
        >
          <Icon name="minus" />
        </button>
      </div>
      <ul class="legend" aria-label="Colours of the bars">
        <li class="queued">queued</li>
        <li class="running">running</li>
        <li class="waiting">waiting for host</li>
        <li class="yielded">yielded</li>
      </ul>
    </>
  );
}
