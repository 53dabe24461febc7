import { type Check, integer, isString, mapOf, nameOf, oneOf, optional, shape } from "./check.ts";
import type { CellError, CellErrorCode, RequestErrorCode } from "./error-codes.ts";
import type { AnnouncedLimits } from "./limits.ts";
import type { CellStatus, CellUsage, ContentItem, ImageItem, TextItem } from "./values.ts";

/** Checks of what several frames of the gateway carry. */

export const isTrue: Check<true> = (value) =>
  value === true ? undefined : { path: "", expected: "true", got: nameOf(value) };

const more = optional(isTrue);
const textItem = shape<TextItem>({ type: oneOf("text"), text: isString, more });
const imageItem = shape<ImageItem>({
  type: oneOf("image"),
  imageUrl: isString,
  detail: optional(oneOf("auto", "low", "high", "original")),
  more,
});

export const contentItem: Check<ContentItem> = (value) =>
  (value as { type?: unknown } | null)?.type === "image" ? imageItem(value) : textItem(value);

export const cellStatus = shape<CellStatus>({
  cellId: isString,
  state: oneOf("queued", "running", "terminating", "finished"),
  ageMs: integer(0),
  openCalls: integer(0),
  unreadBytes: integer(0),
  cpuMs: optional(integer(0)),
  heapBytes: optional(integer(0)),
  toolCallId: optional(isString),
});

export const cellUsage = shape<CellUsage>({
  wallMs: integer(0),
  cpuMs: integer(0),
  heapBytes: optional(integer(0)),
  toolCalls: integer(0),
});

// A newer gateway may know codes that we do not: that must not make its frames unreadable.
const cellErrorCode = isString as Check<unknown> as Check<CellErrorCode>;
export const requestErrorCode = isString as Check<unknown> as Check<RequestErrorCode>;

export const cellError = shape<CellError>({
  code: cellErrorCode,
  message: isString,
  line: optional(integer(1)),
  column: optional(integer(1)),
  frame: optional(isString),
  limit: optional(isString),
  reason: optional(oneOf("unknown", "already_taken", "expired")),
});

export const announcedLimits = mapOf(integer(0)) as Check<unknown> as Check<AnnouncedLimits>;

export const software = shape<{ name: string; version: string }>({ name: isString, version: isString });
