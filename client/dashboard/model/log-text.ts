import { formatBytes, formatCount, formatDuration } from "./format.ts";
import { frameIn, type SeenFrame } from "./seen-frame.ts";
import type { LogEntry, SessionModel } from "./session-model.ts";

/** What kinds of things happen, for those who want to see some only. */
export const logKinds = ["cell", "call", "notification", "values", "turn", "limit"] as const;

export type LogKind = (typeof logKinds)[number];

/** An entry of the log as it is read. */
export interface LogLine {
  readonly kind: LogKind;
  readonly text: string;
  /** Whether it tells of something that went wrong. */
  readonly isBad: boolean;
}

const known = new WeakMap<LogEntry, LogLine>();

/** What an entry says. It is put in words once. `model` knows what was called. */
export function logLine(entry: LogEntry, model: Pick<SessionModel, "call">): LogLine {
  const earlier = known.get(entry);
  if (earlier) return earlier;
  const line = lineOf(entry, model);
  known.set(entry, line);
  return line;
}

/** The cell that an entry is about, if it is about one. */
export function cellOf(entry: LogEntry): string | undefined {
  return "cellId" in entry ? entry.cellId : undefined;
}

function lineOf(entry: LogEntry, model: Pick<SessionModel, "call">): LogLine {
  switch (entry.type) {
    case "frame":
      return said("notification", notificationOf(entry));
    case "snapshot":
      return said("turn", `watching begins: turn ${entry.session.turn}, ${formatCount(entry.cells.length)} cells`);
    case "gap":
      if (entry.dropped === undefined) {
        return failed("turn", "the connection of this page was lost: what happened meanwhile is not known");
      }
      return failed("turn", `${formatCount(entry.dropped)} events were too many at once, and are missing here`);
    case "session_gone":
      return said("turn", "the session has ended");
    case "turn_opened":
      return said("turn", `turn ${entry.turn} begins${by(entry.client)}`);
    case "turn_resumed":
      return said("turn", `turn ${entry.turn} goes on${by(entry.client)}${entry.gap ? ", with a gap" : ""}`);
    case "turn_cut": {
      const text = `the socket of turn ${entry.turn} closed: ${entry.code} ${entry.reason}`;
      return entry.code === 1000 ? said("turn", text) : failed("turn", text);
    }
    case "turn_ended":
      return said("turn", `turn ${entry.turn} ended`);
    case "cell_accepted":
      return said("cell", `accepted, ${formatBytes(entry.source.length)} of source`);
    case "cell_started":
      return said("cell", entry.queuedMs === undefined ? "runs" : `runs, after ${formatDuration(entry.queuedMs)}`);
    case "cell_ended": {
      const after = `after ${formatDuration(entry.ageMs)}`;
      if (entry.ending === undefined) return said("cell", `ended ${after}, and nobody took its outcome`);
      if (entry.ending === "ok" || entry.ending === "terminated")
        return said("cell", `ended ${after}: ${entry.ending}`);
      const [message = ""] = entry.error?.message.split("\n", 1) ?? [];
      return failed("cell", `failed ${after}: ${entry.ending}${message && `: ${message}`}`);
    }
    case "call_made":
      return said("call", `calls ${entry.tool}`);
    case "call_ended": {
      const text = `${model.call(entry.callId)?.tool ?? "a call"} ${entry.ending} after ${formatDuration(entry.ageMs)}`;
      return entry.ending === "failed" ? failed("call", `${text}: ${entry.code ?? "tool_failed"}`) : said("call", text);
    }
    case "values": {
      const keys = Object.keys(entry.writes);
      return said("values", `${entry.cellId === undefined ? "the host replaces" : "stores"} ${keys.join(", ")}`);
    }
    case "outcome_dropped":
      return failed("limit", "its outcome was dropped unread");
    case "limit_hit":
      return failed("limit", `refused: there is as much as ${entry.limit} allows`);
    default:
      entry satisfies never;
      return said("turn", "");
  }
}

function notificationOf(frame: SeenFrame): string {
  const said = frameIn(frame);
  return said?.type === "notify" ? said.text : "(a notification that was too large to be shown)";
}

const by = (client: string | undefined): string => (client ? `, by ${client}` : "");

const said = (kind: LogKind, text: string): LogLine => ({ kind, text, isBad: false });

const failed = (kind: LogKind, text: string): LogLine => ({ kind, text, isBad: true });
