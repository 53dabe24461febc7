import { describe, expect, test } from "vitest";
import { runningGateway } from "../support/running-gateway.ts";
import { textsOf } from "./cell-turn.ts";
import { proxiedTurn } from "./proxied-turn.ts";

describe("a turn that missed frames", () => {
  test("has everything answered all the same, and hears no notification twice", async () => {
    const own = await runningGateway({ limits: { replayFrames: 20 } });
    const heard: string[] = [];
    const started: string[] = [];
    const content: string[] = [];
    let runs = 0;
    const { proxy, turn, events } = await proxiedTurn(own, {
      subprotocol: "cellgate.v1.json",
      onNotify: ({ text }) => void heard.push(text),
      tools: {
        cut: {
          description: "",
          run: () => {
            runs += 1;
            // The result still arrives.
            proxy.isDown = true;
            void proxy.at({ from: "client", tag: "tool_result" }, (line) => line.cut("client"));
          },
        },
      },
    });
    const running = turn.run(
      `text("a"); notify("a");
       await tools.cut();
       for (let i = 0; i < 100; i++) { notify("n" + i); text(i); await new Promise((resolve) => setTimeout(resolve, 1)); }
       notify("the last")`,
      {
        onStarted: (cellId) => void started.push(cellId),
        onContent: (items) => void content.push(...textsOf(items)),
      },
    );
    await proxy.at({ from: "gateway", tag: "notify", matches: ({ text }) => text === "the last" });
    proxy.isDown = false;
    const counted = Array.from({ length: 100 }, (_, index) => String(index));
    expect(textsOf((await running).content)).toEqual(["a", ...counted]);
    expect(content).toEqual(["a", ...counted]);
    expect(events.at(-1)).toEqual({ state: "resumed", complete: false });
    await turn.ping();
    // Those that the gateway had sent to nobody, and kept no copies of, are missing.
    const notified = ["a", ...counted.map((count) => `n${count}`), "the last"];
    expect(heard).toEqual(notified.filter((text) => heard.includes(text)));
    expect(heard).toContain("the last");
    expect(heard.length).toBeLessThan(notified.length);
    expect(started).toHaveLength(1);
    expect(runs).toBe(1);
  });

  test.for([false, true])("has an answer of many frames once, of which it had some (stream: %s)", async (stream) => {
    const own = await runningGateway({ limits: { replayBytes: 100_000 } });
    const { proxy, turn, events } = await proxiedTurn(own);
    void proxy.at({ from: "gateway", tag: "content", nth: 2, where: "middle" }, (line) => line.cut());
    const heard: string[] = [];
    const onContent = (items: Parameters<typeof textsOf>[0]) => void heard.push(...textsOf(items));
    const source = `for (let i = 0; i < 40; i++) text(String(i).padEnd(200_000, "."))`;
    const outcome = await turn.run(source, stream ? { onContent } : {});
    const numbers = Array.from({ length: 40 }, (_, index) => index);
    expect(textsOf(outcome.content).map((text) => parseInt(text))).toEqual(numbers);
    if (stream) expect(heard.map((text) => parseInt(text))).toEqual(numbers);
    expect(events.at(-1)).toEqual({ state: "resumed", complete: false });
  });
});
