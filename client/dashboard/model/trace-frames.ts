import { type Trace, type TraceFrame, traceHeaderText, traceLineText } from "../../trace.ts";
import { decodeFrame, type SeenFrame } from "./seen-frame.ts";

/** The tag of a frame whose bytes were left out of a trace, which then does not tell it. */
const UNKNOWN_TAG = "(left out)";

/** Frames as the text of a trace file, in pieces: a line each. */
export function* traceText(sessionId: string, frames: Iterable<SeenFrame>): Generator<string, void, undefined> {
  yield traceHeaderText({ recordedBy: "cellgate dashboard", sessionId });
  let socket = 0;
  for (const { atMs, direction, tag, subprotocol, bytes, sizeBytes } of frames) {
    if (socket === 0 || (direction === "in" && tag === "hello")) socket += 1;
    const body = bytes ? { bytes } : { sizeBytes };
    yield traceLineText({ atMs, direction, socket, subprotocol, ...body });
  }
}

/** A trace as the text of a file: the one that it was read from, less fields that nobody knows. */
export function* traceAgain({ header, lines }: Trace): Generator<string, void, undefined> {
  yield traceHeaderText(header);
  for (const line of lines) yield traceLineText(line);
}

/** A frame of a trace. Bytes that are no frame are shown with what is wrong with them as their tag. */
export function seenFrame({
  atMs,
  direction,
  subprotocol,
  bytes,
  sizeBytes = bytes?.length ?? 0,
}: TraceFrame): SeenFrame {
  const decode = () => (bytes ? decodeFrame(bytes, subprotocol) : undefined);
  const { tag, cellId, seq } = labelsOf(decode);
  return { type: "frame", atMs, direction, tag, cellId, seq, sizeBytes, subprotocol, bytes, decode };
}

function labelsOf(decode: SeenFrame["decode"]): Pick<SeenFrame, "tag" | "cellId" | "seq"> {
  let fields: ReturnType<SeenFrame["decode"]>;
  try {
    fields = decode();
  } catch (error) {
    return { tag: `(${(error as Error).message})` };
  }
  if (!fields) return { tag: UNKNOWN_TAG };
  const { type, cellId, seq } = fields as {
    readonly type?: unknown;
    readonly cellId?: unknown;
    readonly seq?: unknown;
  };
  return {
    tag: typeof type === "string" ? type : "(no tag)",
    cellId: typeof cellId === "string" ? cellId : undefined,
    seq: typeof seq === "number" ? seq : undefined,
  };
}
