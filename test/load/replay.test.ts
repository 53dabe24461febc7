import { describe, expect, test } from "vitest";
import { runLoad } from "../../client/load/load.ts";
import type { PlanOptions } from "../../client/load/load-plan.ts";
import type { ReplayResult } from "../../client/load/replay/replay-tally.ts";
import { parseTrace, type TraceFrame, traceHeaderText, type TraceLine, traceLineText } from "../../client/trace.ts";
import { createCodec, type Subprotocol } from "../../src/protocol/codec.ts";
import { defaultLimits } from "../../src/protocol/limits.ts";
import { sharedGateway } from "../support/running-gateway.ts";
import { TemporaryFile } from "../support/temporary-file.ts";

const gateway = sharedGateway({ executors: 2 });

const header = traceHeaderText({ recordedBy: "the test" });

async function recorded(scenario: string, plan: PlanOptions, subprotocol?: Subprotocol): Promise<string> {
  let text = header;
  const { url, token } = gateway();
  const { errors } = await runLoad({
    scenario,
    gateway: { url, token },
    plan,
    subprotocol,
    onRecorded: (lines) => (text += lines),
  });
  expect(errors).toEqual([]);
  return text;
}

async function replayed(trace: string, plan: PlanOptions = {}): Promise<ReplayResult | undefined> {
  const file = new TemporaryFile();
  const path = `${file.path}.jsonl`;
  const named = Object.assign(file, { path });
  await named.write(trace);
  const { url, token } = gateway();
  try {
    const { replay, errors } = await runLoad({ scenario: path, gateway: { url, token }, plan });
    expect(errors).toEqual([]);
    return replay;
  } finally {
    await named.remove();
  }
}

const equal = (count: number) => ({ equal: count, different: 0, skipped: 0, differences: [] });

/** The trace with its lines changed, or left out where there is nothing. */
function changed(text: string, change: (line: TraceLine) => TraceLine | undefined): string {
  const lines = parseTrace(text).lines.flatMap((line) => change(line) ?? []);
  return header + lines.map((line) => traceLineText(line)).join("");
}

const codec = createCodec("cellgate.v1.msgpack", defaultLimits);
const frameOf = ({ bytes }: TraceFrame) => codec.decode(bytes!) as { type: string; content?: { text: string }[] };
const tagOf = (line: TraceLine) => ("subprotocol" in line ? frameOf(line).type : "close");

describe("a trace that is played again has equal outcomes", () => {
  test.each<[string, PlanOptions, number]>([
    ["chatty", { sockets: 2, count: 4 }, 4],
    ["flaky-network", { sockets: 3, count: 12 }, 12],
    ["mixed-agents", { sockets: 4, count: 8 }, 8],
  ])("%s", async (scenario, plan, least) => {
    const result = await replayed(await recorded(scenario, plan));
    expect(result).toMatchObject({ different: 0, skipped: 0, differences: [] });
    expect(result?.equal).toBeGreaterThanOrEqual(least);
  });

  test("of JSON, four times as fast, on three sockets", async () => {
    const trace = await recorded("one-tool", { sockets: 1, count: 5 }, "cellgate.v1.json");
    expect(await replayed(trace, { sockets: 3, speed: 4 })).toEqual(equal(15));
  });

  test("that begins in the middle of a turn", async () => {
    const trace = await recorded("one-tool", { sockets: 1, count: 3 });
    const headless = changed(trace, (line) => (["hello", "welcome"].includes(tagOf(line)) ? undefined : line));
    expect(await replayed(headless)).toEqual(equal(3));
  });
});

test("a trace holds no session token", async () => {
  const trace = await recorded("noop", { sockets: 1, count: 1 });
  const welcome = parseTrace(trace).lines.find((line) => tagOf(line) === "welcome") as TraceFrame;
  expect(frameOf(welcome)).toMatchObject({ sessionToken: "…" });
});

test("an outcome that differs is told, with what was expected and what came", async () => {
  const trace = await recorded("one-tool", { sockets: 1, count: 3 });
  let results = 0;
  const other = changed(trace, (line) => {
    if (tagOf(line) !== "result" || ++results !== 2) return line;
    const frame = { ...frameOf(line as TraceFrame), content: [{ type: "text", text: "another" }] };
    return { ...line, bytes: codec.encode(frame) } as TraceFrame;
  });
  expect(await replayed(other)).toEqual({
    equal: 2,
    different: 1,
    skipped: 0,
    differences: [
      'session 1, cell 2: content: expected [{"type":"text","text":"another"}], got [{"type":"text","text":"1"}]',
    ],
  });
});

test("where frames of the gateway were left out, endings are compared, and what is not known is skipped", async () => {
  const trace = await recorded("one-tool", { sockets: 1, count: 3 });
  let results = 0;
  const partial = changed(trace, (line) => {
    if (tagOf(line) !== "result" || ++results !== 2) return line;
    return { ...line, bytes: undefined, sizeBytes: 5 };
  });
  expect(await replayed(partial)).toEqual({ ...equal(2), skipped: 1 });
});
