import { describe, expect, test } from "vitest";
import { runningGateway, sharedGateway } from "../support/running-gateway.ts";
import { CellTurn, hold, printTime, textsOf } from "./cell-turn.ts";
import { releaseWithoutHost } from "./hostless-cell.ts";
import { ATTEMPT, sdkTurn } from "./sdk-turn.ts";

const gateway = sharedGateway();
const MiB = 1024 * 1024;

const notifications = (turn: CellTurn) =>
  turn.raw.frames.filter((frame) => frame.type === "notify").map(({ text }) => text);

describe("T10: notify", () => {
  test("sends each value as the text that text() makes of it, in order, and returns undefined", async () => {
    const turn = await CellTurn.open(gateway());
    const values = `"a", 1, -0, 1n, true, null, undefined, Symbol("s"), { a: [1] }, [], new Date(0), () => 1, "\\ud800"`;
    const result = await turn.run(`for (const value of [${values}]) { text(value); text(notify(value)) }`, {
      toolCallId: "model-7",
    });
    const texts = textsOf(result.content);
    expect(texts.filter((_, index) => index % 2 === 1)).toEqual(Array(13).fill("undefined"));
    expect(notifications(turn)).toEqual(texts.filter((_, index) => index % 2 === 0));
    expect(notifications(turn).slice(-5)).toEqual([
      '{"a":[1]}',
      "[]",
      '"1970-01-01T00:00:00.000Z"',
      "() => 1",
      "\ufffd",
    ]);
    const { cellId } = result;
    expect(await turn.next("notify")).toMatchObject({ cellId, toolCallId: "model-7", text: "a" });
    expect(turn.raw.tags.slice(-2)).toEqual(["notify", "result"]);
  });

  test("refuses empty text, a cycle, and text over 1 MiB, and sends nothing then", async () => {
    const turn = await CellTurn.open(gateway());
    const result = await turn.run(`${ATTEMPT}
      const cycle = {}; cycle.cycle = cycle;
      for (const value of ["", cycle, "x".repeat(${MiB + 1}), "é".repeat(${MiB / 2}) + "x"]) attempt(() => notify(value));
      attempt(() => notify("é".repeat(${MiB / 2})));
      attempt(() => notify({ toJSON() { throw new RangeError("mine") } }));
    `);
    const [empty, circular, ...rest] = textsOf(result.content);
    expect(empty).toBe("notify expects non-empty text");
    expect(circular).toMatch(/^Converting circular structure to JSON/);
    const tooLong = "notify expects at most 1048576 bytes of text (notifyBytes)";
    expect(rest).toEqual([tooLong, tooLong, "done", "RangeError: mine"]);
    expect(notifications(turn).map(({ length }) => length)).toEqual([MiB / 2]);
  });

  test("reaches the host at once, from a cell that never pauses", async () => {
    const turn = await CellTurn.open(gateway());
    const { cellId } = await turn.start(`notify("on my way"); for (;;);`, { yieldMs: null });
    await turn.next("notify", { cellId, text: "on my way" });
    const id = turn.terminate(cellId);
    await turn.next("terminated", { id });
  });

  test("keeps the order of 10,000, and of the tool calls between them", async () => {
    const heard: string[] = [];
    const turn = await sdkTurn(gateway(), {
      onNotify: ({ text }) => void heard.push(text),
      tools: { call: { description: "", run: (input) => void heard.push(`call ${String(input)}`) } },
    });
    const start = performance.now();
    const outcome = await turn.run(`for (let n = 0; n < 10_000; n++) notify(n); await tools.call(1); notify("last")`);
    printTime("10,000 notifications", performance.now() - start, 500);
    expect(outcome.error).toBeUndefined();
    await turn.ping();
    // A call starts when it comes; notifications take turns. Each kind is in order.
    const numbers = heard.filter((text) => !text.startsWith("call"));
    expect(numbers).toEqual([...Array.from({ length: 10_000 }, (_, n) => String(n)), "last"]);
  });
});

describe("T10: a host that is slow or fails delays nobody", () => {
  test("its calls, answers and other cells go on while its handler hangs", async () => {
    const release = Promise.withResolvers<void>();
    const done = Promise.withResolvers<void>();
    const heard: string[] = [];
    const turn = await sdkTurn(gateway(), {
      tools: { [hold.name]: { ...hold, run: () => "answered" } },
      onNotify: async ({ text }) => {
        heard.push(text);
        if (text === "first") await release.promise;
        if (text === "last") done.resolve();
      },
    });
    const outcome = await turn.run(`notify("first"); notify("second"); text(await tools.hold()); notify("last")`);
    expect(outcome.text).toBe("answered");
    expect((await turn.run(`text("another")`)).text).toBe("another");
    await turn.ping();
    expect(heard).toEqual(["first"]);
    release.resolve();
    await done.promise;
    expect(heard).toEqual(["first", "second", "last"]);
  });

  test("what its handler throws goes to onError, and the next notification comes", async () => {
    const errors: unknown[] = [];
    const done = Promise.withResolvers<void>();
    const turn = await sdkTurn(gateway(), {
      onError: (error) => void errors.push(error),
      onNotify: ({ text }) => {
        if (text === "thrown") throw new Error(text);
        if (text === "rejected") return Promise.reject(new Error(text));
        return done.resolve();
      },
    });
    const outcome = await turn.run(`notify("thrown"); notify("rejected"); notify("fine"); text("end")`);
    await done.promise;
    expect(outcome.text).toBe("end");
    expect(errors).toEqual([new Error("thrown"), new Error("rejected")]);
  });

  test("a host that reads nothing from its socket holds up neither its cells nor those of others", async () => {
    const slow = await CellTurn.open(gateway());
    const cell = await slow.startAndHold(`
      await tools.hold();
      for (let n = 0; n < 2_000; n++) notify(n + "x".repeat(5_000));
      store("k", "done");
    `);
    slow.raw.socket.pause();
    slow.release(cell.callId);
    const other = await sdkTurn(gateway());
    expect((await other.run(`text("other")`)).text).toBe("other");
    // A newer turn of the same session: its cell has ended by itself, though nobody read a word.
    const next = await CellTurn.open(gateway(), { after: slow });
    const wait = next.wait(cell.cellId);
    expect((await next.next("result", { id: wait })).error).toBeUndefined();
    const id = next.ask({ type: "stored_values" });
    expect((await next.next("stored_values", { id })).values).toEqual({ k: "done" });
  });
});

describe("T10: notifications that wait for a host are bounded", () => {
  const limits = { notificationsPerSession: 5, notificationBytesPerSession: 1_000 };

  test.for([
    ["notificationsPerSession", `for (let n = 1; n <= 6; n++) notify(n)`, ["1", "2", "3", "4", "5"]],
    ["notificationBytesPerSession", `for (const text of ["é", "x"]) notify(text.repeat(499))`, ["é".repeat(499)]],
  ] as const)("the cell that goes past %s ends with notification_limit", async ([limit, source, kept]) => {
    const own = await runningGateway({ limits });
    const first = await CellTurn.open(own);
    const other = await first.startAndHold(`await tools.hold("other")`);
    const cell = await first.startAndHold(
      `await tools.hold(); store("k", 1); text("out"); ${source}; await tools.hold()`,
    );
    await releaseWithoutHost(own, first, cell.callId);
    const second = await CellTurn.open(own, { after: first });
    const wait = second.wait(cell.cellId);
    const result = await second.next("result", { id: wait });
    expect(result.error).toMatchObject({ code: "notification_limit", limit, message: expect.stringContaining(limit) });
    expect(textsOf(result.content)).toEqual(["out"]);
    expect(notifications(second)).toEqual(kept);
    // With a host nothing waits, so there is no such bound; and the other cell did not notice.
    const more = await second.run(`for (let n = 0; n < 100; n++) notify("x".repeat(100))`);
    expect(more.error).toBeUndefined();
    const call = await second.next("tool_call", { cellId: other.cellId });
    second.release(call.callId);
    const last = second.wait(other.cellId);
    expect((await second.next("result", { id: last })).error).toBeUndefined();
  });
});

test("a newer turn gets the notifications that were not acknowledged, as far back as their frames are kept", async () => {
  const own = await runningGateway({ limits: { replayFrames: 3 } });
  const first = await CellTurn.open(own);
  await first.startAndHold(`for (let n = 1; n <= 4; n++) notify(n); await tools.hold()`);
  expect(notifications(first)).toEqual(["1", "2", "3", "4"]);
  const second = await CellTurn.open(own, { after: first });
  await second.next("tool_call");
  await second.raw.settle();
  // Of the first turn the call was kept, and two frames before it.
  expect(notifications(second)).toEqual(["3", "4"]);
});
