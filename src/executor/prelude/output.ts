import type { Realm } from "./realm.ts";
import type { Send } from "./run.ts";

/**
 * Bounds of one piece of output. What is larger than all unread content may be could never be read; counted in characters
 * here, as counting the bytes of a long text takes longer than sending it, and past the bytes the gateway leaves it out
 * with a mark (rule O2).
 */
export interface OutputLimits {
  readonly unreadBytes: number;
  readonly notifyBytes: number;
}

/** The helpers that put something out: `text`, `image`, `notify`, `yield_control` (rules J4, J5, T10, C4). */
export function defineOutput(realm: Realm, send: Send, { unreadBytes, notifyBytes }: OutputLimits) {
  const { apply, createError, defineGlobal, NativeTypeError, slice, stringify, toLowerCase } = realm;
  const { isLonger, toText, toWellFormed } = realm;

  const startsWith = (message: string, start: string): boolean => apply(slice, message, [0, start.length]) === start;

  /** What JSON.stringify itself says becomes a helper's error (rule J11); what a `toJSON` throws stays as it is. */
  const jsonOf = (value: unknown, helper: object): string | undefined => {
    try {
      return stringify(value);
    } catch (thrown) {
      const message = thrown instanceof NativeTypeError ? thrown.message : undefined;
      if (typeof message !== "string") throw thrown;
      const isOurs = startsWith(message, "Converting circular") || startsWith(message, "Do not know how to serialize");
      throw isOurs ? createError(message, helper) : thrown;
    }
  };

  const textOf = (value: unknown, helper: object): string => {
    const structured = (typeof value === "object" && value !== null) || typeof value === "function";
    const json = structured ? jsonOf(value, helper) : undefined;
    return json === undefined ? toText(value) : json;
  };

  const text = (value: unknown): void => {
    const message = textOf(value, text);
    if (message.length > unreadBytes) {
      throw createError(`text expects at most ${unreadBytes} bytes (unreadBytes)`, text);
    }
    send("text", apply(toWellFormed, message, []));
  };

  const isUrl = (url: string): boolean => {
    const start = apply(toLowerCase, apply(slice, url, [0, 8]), []);
    return apply(slice, start, [0, 5]) === "data:" || apply(slice, start, [0, 7]) === "http://" || start === "https://";
  };

  const isDetail = (detail: unknown): boolean =>
    detail === "auto" || detail === "low" || detail === "high" || detail === "original";

  /** The URL and the detail of whatever was given as an image. */
  const imageOf = (value: unknown): { url: unknown; detail: unknown } => {
    if (typeof value !== "object" || value === null) return { url: value, detail: undefined };
    const given = value as {
      image_url?: unknown;
      detail?: unknown;
      type?: unknown;
      data?: unknown;
      mimeType?: unknown;
      _meta?: { "codex/imageDetail"?: unknown } | null;
    };
    if (given.type !== "image") return { url: given.image_url, detail: given.detail };
    const { data, mimeType, _meta } = given;
    if (typeof data !== "string" || typeof mimeType !== "string") {
      throw createError("image expects an MCP image block with the strings data and mimeType", image);
    }
    // Tools that were made for Codex say the detail here.
    const detail = typeof _meta === "object" && _meta !== null ? _meta["codex/imageDetail"] : undefined;
    return { url: `data:${mimeType};base64,${data}`, detail };
  };

  const image = (value: unknown, detail?: unknown): void => {
    const found = imageOf(value);
    const { url } = found;
    const wanted = detail ?? found.detail;
    if (typeof url !== "string" || !isUrl(url)) {
      const forms = "a data URL, an http(s) URL, { image_url, detail? } or an MCP image block";
      throw createError(`image expects ${forms}`, image);
    }
    if (wanted !== undefined && wanted !== null && !isDetail(wanted)) {
      throw createError("image expects detail to be one of auto, low, high, original", image);
    }
    if (url.length > unreadBytes) {
      throw createError(`image expects at most ${unreadBytes} bytes (unreadBytes)`, image);
    }
    send("image", apply(toWellFormed, url, []), wanted ?? undefined);
  };

  const notify = (value: unknown): void => {
    const message = textOf(value, notify);
    if (message === "") throw createError("notify expects non-empty text", notify);
    if (isLonger(message, notifyBytes)) {
      throw createError(`notify expects at most ${notifyBytes} bytes of text (notifyBytes)`, notify);
    }
    send("notify", apply(toWellFormed, message, []));
  };

  const yield_control = (): void => send("yield");

  defineGlobal("text", text);
  defineGlobal("image", image);
  defineGlobal("notify", notify);
  defineGlobal("yield_control", yield_control);
  return { text };
}
