import { SpanStatusCode, trace } from "@opentelemetry/api";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { describe, expect, test } from "vitest";
import type { GatewayEvent } from "../../src/gateway/gateway-event.ts";
import { Tracing } from "../../src/gateway/tracing.ts";

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

const opened: GatewayEvent = { type: "turn_opened", connection: 1, sessionId: "s", turn: 1, principal: "a" };
const over: GatewayEvent = { type: "turn_ended", sessionId: "s", turn: 1 };
const accepted: GatewayEvent = { type: "cell_accepted", cellId: "c", sessionId: "s", turn: 1, source: "1", tools: [] };
const started: GatewayEvent = { type: "cell_started", cellId: "c", sessionId: "s", queuedMs: 1 };
const ended: GatewayEvent = { type: "cell_ended", cellId: "c", sessionId: "s", ending: "ok", ageMs: 5 };
const made: GatewayEvent = { type: "call_made", callId: "c.1", cellId: "c", sessionId: "s", tool: "search" };
const answered: GatewayEvent = {
  type: "call_ended",
  callId: "c.1",
  cellId: "c",
  sessionId: "s",
  ending: "answered",
  ageMs: 2,
};

function setUp() {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  const tracing = new Tracing(provider.getTracer("test"));
  const hear = (...events: GatewayEvent[]) => events.forEach((event) => tracing.hear(event));
  /** The span of this name, once it has ended. */
  const span = (name: string) => {
    const found = exporter.getFinishedSpans().find((finished) => finished.name === name);
    if (!found) throw new Error(`no span ${name} has ended`);
    return found;
  };
  return { exporter, hear, span, tracing };
}

describe("spans", () => {
  test("are those of a turn, of its cell in it, and of that one's call in it", () => {
    const { hear, span } = setUp();
    hear(opened, accepted, started, made, answered, ended, over);
    const [turn, cell, call] = [span("turn"), span("cell"), span("tool search")];
    expect(turn.parentSpanContext).toBeUndefined();
    expect(cell.parentSpanContext?.spanId).toBe(turn.spanContext().spanId);
    expect(call.parentSpanContext?.spanId).toBe(cell.spanContext().spanId);
    expect(new Set([turn, cell, call].map((each) => each.spanContext().traceId)).size).toBe(1);
    expect([turn, cell, call].map(({ attributes }) => attributes)).toEqual([
      { "cellgate.session.id": "s", "cellgate.turn": 1, "cellgate.principal": "a" },
      { "cellgate.session.id": "s", "cellgate.cell.id": "c", "cellgate.cell.ending": "ok" },
      { "cellgate.call.id": "c.1", "cellgate.tool": "search", "cellgate.call.ending": "answered" },
    ]);
    expect(cell.events.map(({ name }) => name)).toEqual(["started"]);
    for (const { status } of [turn, cell, call]) expect(status.code).toBe(SpanStatusCode.UNSET);
  });

  test("of a cell belong to the trace that its client gave, with a link to the turn", () => {
    const { hear, span } = setUp();
    hear(opened, { ...accepted, traceparent }, ended, over);
    const [turn, cell] = [span("turn"), span("cell")];
    expect(cell.parentSpanContext).toMatchObject({ spanId: "b7ad6b7169203331", isRemote: true });
    expect(cell.spanContext().traceId).toBe("0af7651916cd43dd8448eb211c80319c");
    expect(cell.links.map(({ context }) => context.spanId)).toEqual([turn.spanContext().spanId]);
  });

  test("of a cell whose client gave what is no trace belong to the turn", () => {
    const { hear, span } = setUp();
    hear(opened, { ...accepted, traceparent: "nonsense" }, ended, over);
    expect(span("cell").parentSpanContext?.spanId).toBe(span("turn").spanContext().spanId);
  });

  test("have errors where cells and calls failed, and none where they were stopped", () => {
    const { exporter, hear, span } = setUp();
    hear(accepted, made, { ...answered, ending: "failed", code: "own_code" }, { ...ended, ending: "script_error" });
    expect(span("cell").status).toEqual({ code: SpanStatusCode.ERROR, message: "script_error" });
    expect(span("tool search").status).toEqual({ code: SpanStatusCode.ERROR, message: "own_code" });
    exporter.reset();
    hear(accepted, made, { ...answered, ending: "cancelled" }, { ...ended, ending: "terminated" });
    expect([span("cell").status.code, span("tool search").status.code]).toEqual([0, 0]);
  });

  test("of two turns of a session, of which the newer began first, end each by itself", () => {
    const { exporter, hear } = setUp();
    hear(opened, { ...opened, turn: 2 }, { ...accepted, turn: 2 }, over);
    expect(exporter.getFinishedSpans().map(({ attributes }) => attributes["cellgate.turn"])).toEqual([1]);
    hear({ ...over, turn: 2 }, ended);
    const [, newer, cell] = exporter.getFinishedSpans();
    expect(cell?.parentSpanContext?.spanId).toBe(newer?.spanContext().spanId);
  });
});

describe("the traceparent of a call", () => {
  test("is that of its span, while it is open", () => {
    const { hear, span, tracing } = setUp();
    hear(accepted, made);
    const told = tracing.traceparentOf("c.1");
    hear(answered);
    const { traceId, spanId } = span("tool search").spanContext();
    expect(told).toBe(`00-${traceId}-${spanId}-01`);
    expect(tracing.traceparentOf("c.1")).toBeUndefined();
  });

  test("is that of the cell's client where nothing is recorded", () => {
    const tracing = new Tracing(trace.getTracer("none"));
    tracing.hear({ ...accepted, traceparent });
    tracing.hear(made);
    expect(tracing.traceparentOf("c.1")).toBe(traceparent);
  });

  test("is absent where nothing is recorded and the client gave none", () => {
    const tracing = new Tracing(trace.getTracer("none"));
    for (const event of [opened, accepted, made]) tracing.hear(event);
    expect(tracing.traceparentOf("c.1")).toBeUndefined();
  });
});
