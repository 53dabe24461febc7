import type { ContentItem, JsonValue } from "../../index.ts";
import { ContentJoiner } from "../../content-joiner.ts";
import type { CallRecord, CellRecord } from "./cell-record.ts";
import { frameIn, type SeenFrame } from "./seen-frame.ts";
import type { SessionModel } from "./session-model.ts";

/** What a cell has put out, as far as the page has it. */
export interface CellContent {
  readonly items: readonly ContentItem[];
  /** Frames with content of it that the page has forgotten, or that were too large to be shown to it. */
  readonly missing: number;
}

/** The content of a cell, in order, from the frames that brought it to the host. */
export function contentOf(model: SessionModel, cell: CellRecord): CellContent {
  const items: ContentItem[] = [];
  const joiner = new ContentJoiner();
  let missing = 0;
  for (const index of cell.contentFrames) {
    const frame = model.frames.at(index);
    const said = frame && frameIn(frame);
    const isThere = said !== undefined && "content" in said;
    if (!isThere) missing += 1;
    // Behind what is missing nothing goes on.
    for (const item of isThere ? joiner.add(said.content) : joiner.end()) items.push(item);
  }
  return { items: [...items, ...joiner.end()], missing };
}

/** What went over the wire for a call; undefined where it did not, or the page does not have it. */
export interface CallTexts {
  readonly input?: JsonValue | undefined;
  readonly result?: JsonValue | undefined;
  readonly error?: string | undefined;
}

/** Frames of a call come this much later than what they tell of. */
const LATE_MS = 2_000;

const callTags = new Set(["tool_call", "tool_result", "tool_error"]);

/** The input of a call, and the answer to it, from the frames about it. */
export function callTexts(model: SessionModel, call: CallRecord): CallTexts {
  let texts: CallTexts = {};
  const untilMs = (call.endedAtMs ?? Infinity) + LATE_MS;
  for (const frame of model.framesFrom(call.madeAtMs - LATE_MS)) {
    if (frame.atMs > untilMs) break;
    if (callTags.has(frame.tag)) texts = { ...texts, ...textsIn(frame, call.callId) };
  }
  return texts;
}

function textsIn(frame: SeenFrame, callId: string): CallTexts {
  const said = frameIn(frame);
  if (!said || !("callId" in said) || said.callId !== callId) return {};
  if (said.type === "tool_call") return { input: said.input };
  if (said.type === "tool_result") return { result: said.value ?? null };
  return said.type === "tool_error" ? { error: said.message } : {};
}
