import type { CallAnswer } from "../executor/executor.ts";
import type { Notification, ToolCall } from "../protocol/host.ts";
import type { ValueLimits } from "../protocol/guard.ts";
import { parseJson, utf8Length } from "../protocol/json-guard.ts";
import type { Limits } from "../protocol/limits.ts";
import type { ToolCancelReason } from "../protocol/server-frames.ts";
import type { JsonValue } from "../protocol/values.ts";
import { ByteBudget } from "./byte-budget.ts";
import type { CancelTimer, Clock } from "./clock.ts";
import type { SessionHost } from "./session-host.ts";

/** A tool call that waits for its answer. */
interface OpenCall {
  readonly call: Omit<ToolCall, "attempt" | "input">;
  /** JSON text, which takes as much memory as it has bytes: a value may take twenty times as much. */
  readonly input: string | undefined;
  readonly inputBytes: number;
  /** Hands the answer to the cell. */
  readonly settle: (answer: CallAnswer) => void;
  attempts: number;
  /** The tool's time limit, which runs from the first offer and does not restart (rule T9). */
  cancelTimeout: CancelTimer | undefined;
}

type LinkLimits = ValueLimits &
  Pick<Limits, "callsPerSession" | "callBytesPerSession" | "notificationsPerSession" | "notificationBytesPerSession">;

/**
 * Everything that a session's cells want of the host: tool calls and notifications, in order (rules T4 to T10). While no
 * host takes them they wait. A call stays open until the first answer, a cancel or its time limit.
 */
export class HostLink {
  readonly #limits: LinkLimits;
  readonly #clock: Clock;
  readonly #open = new Map<string, OpenCall>();
  readonly #inputs: ByteBudget;
  readonly #byCell = new Map<string, Set<OpenCall>>();
  /** What has not been sent to any host yet, in order. */
  #waiting = new Set<OpenCall | Notification>();
  /** Notifications that were lost with their turn, the last first. They count as waiting. */
  #returned: Notification[] = [];
  #draining = false;
  #waitingNotifications = 0;
  #waitingBytes = 0;
  #offered = 0;
  #host: SessionHost | undefined;

  constructor(limits: LinkLimits, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
    this.#inputs = new ByteBudget(limits.callBytesPerSession);
  }

  get host(): SessionHost | undefined {
    return this.#host;
  }

  /** Ids of the calls that were offered and not answered. */
  get offeredCalls(): string[] {
    return Array.from(this.#open.values())
      .filter((open) => open.attempts > 0)
      .map((open) => open.call.callId);
  }

  /** How many calls wait for an answer. */
  get openCalls(): number {
    return this.#open.size;
  }

  openCallsOf(cellId: string): number {
    return this.#byCell.get(cellId)?.size ?? 0;
  }

  /**
   * The host from now on: calls that an earlier one left open are offered again first, then the notifications that it did
   * not take (rule T8). Again for the same host: it takes what waits.
   */
  attach(host: SessionHost): void {
    const isNew = this.#host !== host;
    this.#host = host;
    if (isNew || this.#returned.length > 0) {
      const offered = isNew ? Array.from(this.#open.values()).filter((open) => open.attempts > 0) : [];
      this.#waiting = new Set([...offered, ...this.#returned.toReversed(), ...this.#waiting]);
      this.#returned = [];
    }
    this.#drain();
  }

  /** `host` is gone; another may have taken its place already. */
  detach(host: SessionHost): void {
    if (this.#host === host) this.#host = undefined;
  }

  /** `input` is a JSON text, or absent. A call for whose input there is no room is refused. */
  call(call: OpenCall["call"], input: string | undefined, settle: (answer: CallAnswer) => void): void {
    const inputBytes = input === undefined ? 0 : utf8Length(input);
    if (inputBytes > this.#inputs.free) {
      const most = `more than ${this.#limits.callBytesPerSession} bytes (callBytesPerSession)`;
      const message = `the inputs of the session's open calls would take ${most}: await some of them before more are made`;
      return settle({ ok: false, code: "call_limit", message });
    }
    this.#inputs.take(inputBytes);
    const open: OpenCall = { call, input, inputBytes, settle, attempts: 0, cancelTimeout: undefined };
    this.#open.set(call.callId, open);
    const ofCell = this.#byCell.get(call.cellId) ?? new Set();
    this.#byCell.set(call.cellId, ofCell.add(open));
    this.#waiting.add(open);
    this.#drain();
  }

  /** Sends or keeps a notification. Returns the name of the limit that is in the way, if any. */
  notify(notification: Notification): "notificationsPerSession" | "notificationBytesPerSession" | undefined {
    if (this.#host?.takes && this.#waitingNotifications === 0) {
      this.#notify(notification, this.#host);
      return undefined;
    }
    const bytes = Buffer.byteLength(notification.text);
    if (this.#waitingNotifications + 1 > this.#limits.notificationsPerSession) return "notificationsPerSession";
    if (this.#waitingBytes + bytes > this.#limits.notificationBytesPerSession) return "notificationBytesPerSession";
    this.#count(notification, 1);
    this.#waiting.add(notification);
    return undefined;
  }

  /** The host's answer. One that is late, double or for nobody is ignored (rule T6). */
  answer(callId: string, answer: CallAnswer): void {
    const open = this.#open.get(callId);
    if (open && open.attempts > 0) this.#settle(open, answer);
  }

  /** The cell is over: its calls are no longer wanted (rule T7). */
  cancelCell(cellId: string, reason: ToolCancelReason): void {
    for (const open of this.#byCell.get(cellId) ?? []) {
      this.#close(open);
      if (open.attempts > 0) this.#host?.cancelCall(open.call.callId, reason);
    }
    this.#drain();
  }

  /**
   * Sends what waits, in order, while the host takes it, until the session has as many open calls as it may. Notifications do not wait for a place:
   * they are delivered before their cell is closed (rule C13).
   */
  #drain(): void {
    const host = this.#host;
    if (!host || this.#draining) return;
    this.#draining = true;
    for (const entry of this.#waiting) {
      if (!host.takes) break;
      if ("text" in entry) this.#sendWaiting(entry, host);
      else if (entry.attempts > 0 || this.#offered < this.#limits.callsPerSession) this.#offer(entry, host);
      else if (this.#waitingNotifications > 0) continue;
      else break;
      this.#waiting.delete(entry);
    }
    this.#draining = false;
  }

  #sendWaiting(notification: Notification, host: SessionHost): void {
    this.#count(notification, -1);
    this.#notify(notification, host);
  }

  #notify(notification: Notification, host: SessionHost): void {
    host.notify(notification, {
      taken: () => {},
      lost: () => {
        this.#count(notification, 1);
        this.#returned.push(notification);
      },
    });
  }

  #count({ text }: Notification, sign: 1 | -1): void {
    this.#waitingNotifications += sign;
    this.#waitingBytes += sign * Buffer.byteLength(text);
  }

  #offer(open: OpenCall, host: SessionHost): void {
    const { call } = open;
    if (!host.answersFor(call.name)) {
      const message = `tool ${JSON.stringify(call.name)} is not available: the host that is attached now does not have it`;
      return this.#settle(open, { ok: false, code: "tool_unavailable", message });
    }
    let input: JsonValue | undefined;
    try {
      if (open.input !== undefined) input = parseJson(open.input, this.#limits) as JsonValue;
    } catch (error) {
      return this.#refuseInput(open, (error as Error).message);
    }
    open.attempts += 1;
    if (open.attempts === 1) {
      this.#offered += 1;
      this.#startTimeout(open);
    }
    if (!host.offer({ ...call, input, attempt: open.attempts })) this.#refuseInput(open, "frameBytes, frameNodes");
  }

  #refuseInput(open: OpenCall, problem: string): void {
    const message = `the input of tool ${JSON.stringify(open.call.name)} does not fit a frame (${problem})`;
    this.#settle(open, { ok: false, code: "input_too_large", message });
  }

  #startTimeout(open: OpenCall): void {
    const { callId, name, timeoutMs } = open.call;
    if (timeoutMs === undefined) return;
    open.cancelTimeout = this.#clock.after(timeoutMs, () => {
      this.#host?.cancelCall(callId, "timeout");
      const message = `tool ${JSON.stringify(name)} did not answer within ${timeoutMs} ms`;
      this.#settle(open, { ok: false, code: "tool_timeout", message });
    });
  }

  #settle(open: OpenCall, answer: CallAnswer): void {
    this.#close(open);
    open.settle(answer);
    this.#drain();
  }

  #close(open: OpenCall): void {
    const { callId, cellId } = open.call;
    this.#open.delete(callId);
    this.#inputs.give(open.inputBytes);
    this.#waiting.delete(open);
    const ofCell = this.#byCell.get(cellId);
    ofCell?.delete(open);
    if (ofCell?.size === 0) this.#byCell.delete(cellId);
    open.cancelTimeout?.();
    if (open.attempts > 0) this.#offered -= 1;
  }
}
