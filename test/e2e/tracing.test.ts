import { trace } from "@opentelemetry/api";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { afterEach, describe, expect, test } from "vitest";
import { connect } from "../../client/index.ts";
import { runningGateway } from "../support/running-gateway.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;

/** A cell that calls a tool once, and what the tool was told of the trace. */
async function traced(options: { traceparent?: string } = {}) {
  const gateway = await runningGateway();
  let told: string | undefined;
  const turn = await connect(gateway.url, {
    token: gateway.token,
    tools: { t: { description: "", run: (_, context) => void (told = context.traceparent) } },
  });
  const outcome = await turn.run("await tools.t()", options);
  expect(outcome.error).toBeUndefined();
  await turn.close();
  await gateway.close();
  return told;
}

afterEach(() => trace.disable());

describe("with an SDK of OpenTelemetry", () => {
  test("a turn, its cell and the cell's call are recorded, and the tool can go on with the trace", async () => {
    const exporter = new InMemorySpanExporter();
    const spanProcessors = [new SimpleSpanProcessor(exporter)];
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors }));
    const told = await traced({ traceparent });
    const spans = exporter.getFinishedSpans();
    expect(spans.map(({ name }) => name)).toEqual(["tool t", "cell", "turn"]);
    const [call, cell] = spans;
    expect(cell?.spanContext().traceId).toBe(traceId);
    expect(told).toBe(`00-${traceId}-${call?.spanContext().spanId}-01`);
  });
});

describe("without one", () => {
  test("the trace of the cell's client reaches the tool", async () => {
    expect(await traced({ traceparent })).toBe(traceparent);
  });

  test("a tool is told nothing where the client has no trace", async () => {
    expect(await traced()).toBeUndefined();
  });
});
