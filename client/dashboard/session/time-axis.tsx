import { useSignal } from "@preact/signals";
import { fractionOf, ticksOf, type TimeView } from "../model/time-scale.ts";
import type { TimeWindow } from "./time-window.ts";

/** Pixels between two ticks at least: as much as the longest label takes. */
const TICK_PX = 84;

/** Where less is left beside a tick, its label stands on the other side. */
const LABEL_PX = 48;

/** What {@link Axis} and {@link TimeLines} draw. */
interface AxisProps {
  readonly view: TimeView;
  /** From which the labels count. */
  readonly originMs: number;
  /** Pixels. */
  readonly width: number;
}

function ticksIn({ view, originMs, width }: AxisProps) {
  return ticksOf(view, originMs, ((view.toMs - view.fromMs) * TICK_PX) / width);
}

const percent = (fraction: number): string => `${fraction * 100}%`;

/** The time axis. Dragging over a part of it zooms into that part. */
export function Axis(props: AxisProps & { readonly time: TimeWindow }) {
  const { view, time, width } = props;
  const drag = useSignal<{ readonly from: number; readonly to: number } | undefined>(undefined);
  const fractionAt = (event: PointerEvent & { currentTarget: HTMLElement }) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - left) / width));
  };
  const release = () => {
    const selected = drag.value;
    drag.value = undefined;
    if (!selected || Math.abs(selected.to - selected.from) < 0.005) return;
    const [from, to] = [Math.min(selected.from, selected.to), Math.max(selected.from, selected.to)];
    const spanMs = view.toMs - view.fromMs;
    time.show({ fromMs: view.fromMs + from * spanMs, toMs: view.fromMs + to * spanMs });
  };
  return (
    <div
      class="axis-track"
      title="Drag to zoom into a part"
      onPointerDown={(event) => {
        const from = fractionAt(event);
        event.currentTarget.setPointerCapture(event.pointerId);
        drag.value = { from, to: from };
      }}
      onPointerMove={(event) => {
        if (drag.value) drag.value = { ...drag.value, to: fractionAt(event) };
      }}
      onPointerUp={release}
      onPointerCancel={release}
    >
      {ticksIn(props).map(({ atMs, label }) => {
        const at = fractionOf(view, atMs);
        return (
          <span
            key={atMs}
            class={(1 - at) * width < LABEL_PX ? "tick-label before" : "tick-label"}
            style={{ left: percent(at) }}
          >
            {label}
          </span>
        );
      })}
      {drag.value && (
        <span
          class="axis-selection"
          style={{
            left: percent(Math.min(drag.value.from, drag.value.to)),
            width: percent(Math.abs(drag.value.to - drag.value.from)),
          }}
        />
      )}
    </div>
  );
}

/** Lines through all rows: one at each tick, and one at what is now. */
export function TimeLines(props: AxisProps & { readonly nowMs: number | undefined }) {
  const { view, nowMs } = props;
  const now = nowMs === undefined ? -1 : fractionOf(view, nowMs);
  return (
    <div class="time-lines" aria-hidden="true">
      {ticksIn(props).map(({ atMs }) => (
        <span key={atMs} class="tick-line" style={{ left: percent(fractionOf(view, atMs)) }} />
      ))}
      {now >= 0 && now <= 1 && <span key="now" class="now-line" style={{ left: percent(now) }} />}
    </div>
  );
}
