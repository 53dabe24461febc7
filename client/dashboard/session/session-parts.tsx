import { hrefOf, route } from "../address.ts";
import { formatCount } from "../model/format.ts";
import { type Tab, tabs } from "../model/route.ts";
import { CellPane } from "./cell-pane.tsx";
import { FramePane } from "./frame-pane.tsx";
import { FramesTab } from "./frames-tab.tsx";
import { LogTab } from "./log-tab.tsx";
import type { SessionSource } from "./source.ts";
import { Timeline } from "./timeline.tsx";
import { ValuesTab } from "./values-tab.tsx";

const tabNames: { readonly [Name in Tab]: string } = {
  timeline: "Timeline",
  log: "Log",
  frames: "Frames",
  values: "Stored values",
};

/** The parts of a session, one at a time, and beside it the details of what is selected. */
export function SessionParts({ source }: { readonly source: SessionSource }) {
  void source.version.value;
  const { model } = source;
  const { view, sessionId, tab = "timeline", query } = route.value;
  const counts: { readonly [Name in Tab]: number } = {
    timeline: model.cells.length,
    log: model.log.length,
    frames: model.frames.length,
    values: model.values.size,
  };
  return (
    <>
      <nav class="tabs" aria-label="Parts of the session">
        {tabs.map((name) => (
          <a
            key={name}
            href={hrefOf({ view, sessionId, tab: name, query: { cell: query.cell } })}
            aria-current={name === tab ? "page" : undefined}
          >
            {tabNames[name]} <span class="muted">{formatCount(counts[name])}</span>
          </a>
        ))}
      </nav>
      <div class="split">
        <div class="part">
          <Part tab={tab} source={source} />
        </div>
        {tab === "frames" ? <FramePane source={source} /> : <CellPane source={source} />}
      </div>
    </>
  );
}

function Part({ tab, source }: { readonly tab: Tab; readonly source: SessionSource }) {
  switch (tab) {
    case "timeline":
      return <Timeline source={source} />;
    case "log":
      return <LogTab source={source} />;
    case "frames":
      return <FramesTab source={source} />;
    case "values":
      return <ValuesTab source={source} />;
    default:
      tab satisfies never;
      return null;
  }
}
