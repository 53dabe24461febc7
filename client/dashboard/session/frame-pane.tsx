import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { narrow, route } from "../address.ts";
import { formatBytes, formatTime } from "../model/format.ts";
import { hexLines } from "../model/frame-text.ts";
import { frameIn, type SeenFrame } from "../model/seen-frame.ts";
import { CopyButton } from "../parts/copy-button.tsx";
import { Facts } from "../parts/facts.tsx";
import { JsonText } from "../parts/json-text.tsx";
import { Pane, Section } from "../parts/pane.tsx";
import type { SessionSource } from "./source.ts";

/** Of the raw bytes, at first: 4 KiB. */
const FEW_LINES = 256;

const noBytes = new Uint8Array();

/** The selected frame: what it says, and its bytes. */
export function FramePane({ source }: { readonly source: SessionSource }) {
  const { frame: selected } = route.value.query;
  if (selected === undefined) return null;
  const frame = source.model.frames.at(Number(selected));
  const close = () => narrow({ frame: undefined });
  if (!frame) {
    return (
      <Pane label="Frame" title="Frame" onClose={close}>
        <p class="muted">This frame is not kept here any more, or not yet.</p>
      </Pane>
    );
  }
  return (
    <Pane
      label="Frame"
      title={
        <>
          Frame <code>{frame.tag}</code>
        </>
      }
      actions={<CopyButton label="Copy as JSON" text={() => JSON.stringify(frameIn(frame), null, 2) ?? ""} />}
      onClose={close}
    >
      <Facts
        facts={{
          number: Number(selected) + 1,
          time: formatTime(frame.atMs),
          way: frame.direction === "in" ? "in, from the agent" : "out, to the agent",
          seq: frame.seq,
          cell: frame.cellId,
          size: formatBytes(frame.sizeBytes),
          subprotocol: frame.subprotocol,
        }}
      />
      {frame.cellId !== undefined && (
        <button type="button" onClick={() => narrow({ cell: frame.cellId })}>
          Only frames of this cell
        </button>
      )}
      <Decoded key={selected} frame={frame} />
    </Pane>
  );
}

function Decoded({ frame }: { readonly frame: SeenFrame }) {
  const isWhole = useSignal(false);
  const { bytes } = frame;
  const said = useMemo(() => frameIn(frame), [frame]);
  const lines = useMemo(() => hexLines(bytes ?? noBytes, isWhole.value ? Infinity : FEW_LINES), [bytes, isWhole.value]);
  if (!bytes) return <p class="muted">Its bytes were left out, as there are so many.</p>;
  return (
    <>
      <Section title="Decoded">
        <JsonText value={said} />
      </Section>
      <Section title="Bytes">
        <pre class="block unbroken hex" tabIndex={0} role="group" aria-label="Bytes">
          {lines.join("\n")}
        </pre>
        {bytes.length > FEW_LINES * 16 && !isWhole.value && (
          <button
            type="button"
            onClick={() => {
              isWhole.value = true;
            }}
          >
            Show all {formatBytes(bytes.length)}
          </button>
        )}
      </Section>
    </>
  );
}
