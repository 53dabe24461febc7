import {
  isSpanContextValid,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from "@opentelemetry/api";
import type { GatewayEvent, GatewayObserver } from "./gateway-event.ts";
import { parseTraceparent, traceparentOf } from "./traceparent.ts";

/**
 * Spans of turns, of their cells, and of the tool calls of those. A cell whose client gave it a trace belongs to that one,
 * with a link to its turn. Without an SDK of OpenTelemetry nothing is recorded, but a client's trace reaches its tools.
 */
export class Tracing implements GatewayObserver {
  readonly #tracer: Tracer;
  /** By session and number. */
  readonly #turns = new Map<string, Span>();
  readonly #cells = new Map<string, Span>();
  readonly #calls = new Map<string, Span>();

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  hear(event: GatewayEvent): void {
    switch (event.type) {
      case "turn_opened":
        return this.#openTurn(event);
      case "turn_resumed":
        this.#turns.get(keyOf(event))?.addEvent("resumed", { "cellgate.gap": event.gap });
        return;
      case "turn_ended":
        return end(this.#turns, keyOf(event));
      case "cell_accepted":
        return this.#acceptCell(event);
      case "cell_started":
        this.#cells.get(event.cellId)?.addEvent("started");
        return;
      case "cell_ended": {
        const { cellId, ending } = event;
        const span = this.#cells.get(cellId)?.setAttribute("cellgate.cell.ending", ending);
        if (ending !== "ok" && ending !== "terminated")
          span?.setStatus({ code: SpanStatusCode.ERROR, message: ending });
        return end(this.#cells, cellId);
      }
      case "call_made":
        return this.#makeCall(event);
      case "call_ended": {
        const { callId, ending, code } = event;
        const span = this.#calls.get(callId)?.setAttribute("cellgate.call.ending", ending);
        if (ending === "failed") span?.setStatus({ code: SpanStatusCode.ERROR, ...(code && { message: code }) });
        return end(this.#calls, callId);
      }
      default:
        return; // the rest is no part of what a client waits for
    }
  }

  /** What the host is told with a call. */
  traceparentOf(callId: string): string | undefined {
    const span = this.#calls.get(callId);
    return span && traceparentOf(span.spanContext());
  }

  #openTurn(event: Extract<GatewayEvent, { type: "turn_opened" }>): void {
    const { sessionId, turn, principal } = event;
    const attributes = {
      "cellgate.session.id": sessionId,
      "cellgate.turn": turn,
      "cellgate.principal": principal,
    };
    const span = this.#tracer.startSpan("turn", { kind: SpanKind.SERVER, attributes }, ROOT_CONTEXT);
    begin(this.#turns, keyOf(event), span);
  }

  #acceptCell(event: Extract<GatewayEvent, { type: "cell_accepted" }>): void {
    const { cellId, sessionId, traceparent } = event;
    const attributes = { "cellgate.session.id": sessionId, "cellgate.cell.id": cellId };
    const turn = this.#turns.get(keyOf(event));
    const remote = traceparent === undefined ? undefined : parseTraceparent(traceparent);
    const parent = remote ?? turn?.spanContext();
    const span = this.#tracer.startSpan(
      "cell",
      { kind: SpanKind.SERVER, attributes, links: remote && turn ? [{ context: turn.spanContext() }] : [] },
      parent ? trace.setSpanContext(ROOT_CONTEXT, parent) : ROOT_CONTEXT,
    );
    begin(this.#cells, cellId, span);
  }

  #makeCall({ callId, cellId, tool }: Extract<GatewayEvent, { type: "call_made" }>): void {
    const cell = this.#cells.get(cellId);
    if (!cell) return;
    const attributes = { "cellgate.call.id": callId, "cellgate.tool": tool };
    const options = { kind: SpanKind.CLIENT, attributes };
    begin(this.#calls, callId, this.#tracer.startSpan(`tool ${tool}`, options, trace.setSpan(ROOT_CONTEXT, cell)));
  }
}

function keyOf({ sessionId, turn }: { readonly sessionId: string; readonly turn: number }): string {
  return `${sessionId} ${turn}`;
}

/** What belongs to no trace is not kept: without an SDK and a client's trace that is everything. */
function begin(spans: Map<string, Span>, key: string, span: Span): void {
  if (isSpanContextValid(span.spanContext())) spans.set(key, span);
}

function end(spans: Map<string, Span>, key: string): void {
  spans.get(key)?.end();
  spans.delete(key);
}
