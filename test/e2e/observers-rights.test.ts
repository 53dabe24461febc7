import { describe, expect, test } from "vitest";
import { connect, observe, type WatchedEvent } from "../../client/index.ts";
import type { ObserverServerFrame } from "../../src/protocol/observer-frames.ts";
import { subprotocols } from "../support/raw-turn.ts";
import { runningGateway, sharedGateway } from "../support/running-gateway.ts";
import { TemporaryFile } from "../support/temporary-file.ts";
import { observing, watching } from "./sdk-observation.ts";
import { sdkTurn } from "./sdk-turn.ts";

const gateway = sharedGateway();

describe("who may do what", () => {
  const tokens = [
    { name: "host", token: "the-token-of-host-", scopes: ["host"] },
    { name: "eye", token: "the-token-of-eye-e", scopes: ["observe"] },
    { name: "root", token: "the-token-of-root-", scopes: ["admin"] },
  ];
  const start = async () => {
    const file = await TemporaryFile.with(tokens);
    const own = await runningGateway({ tokensFile: file.path });
    return { own, as: (name: string) => ({ ...own, token: tokens.find((token) => token.name === name)!.token }) };
  };

  test("a token that only hosts cannot observe, and one that only observes cannot host", async () => {
    const { own, as } = await start();
    await expect(observe(own.url, { token: as("host").token })).rejects.toMatchObject({
      closeCode: 4403,
      reason: "expected the scope observe or admin",
    });
    await expect(connect(own.url, { token: as("eye").token })).rejects.toMatchObject({
      closeCode: 4403,
      reason: "expected the scope host",
    });
  });

  test("an observer may end cells and sessions with the scope admin only", async () => {
    const { as } = await start();
    const turn = await sdkTurn(as("host"));
    const { cellId } = await turn.execute("await new Promise(() => setTimeout(() => {}, 1e9))", { yieldMs: 0 });
    const eye = await observing(as("eye"));
    const root = await observing(as("root"));
    expect([eye.scopes, root.scopes]).toEqual([["observe"], ["admin"]]);
    await expect(eye.terminate(turn.session.id, cellId)).rejects.toMatchObject({ code: "forbidden" });
    await expect(eye.endSession(turn.session.id)).rejects.toMatchObject({ code: "forbidden" });
    expect(await eye.listCells(turn.session.id)).toMatchObject([{ cellId }]);
    await root.terminate(turn.session.id, cellId);
    await root.endSession(turn.session.id);
    expect(await turn.closed).toMatchObject({ code: 1000, reason: "the session was ended" });
  });

  test("what an observer ends is logged, with who did", async () => {
    const { own, as } = await start();
    const turn = await sdkTurn(as("host"));
    const root = await observing(as("root"), { client: { name: "page", version: "1" } });
    await root.endSession(turn.session.id);
    expect(own.log).toContainEqual(expect.stringMatching(/^an observer watches .*principal=root client=page 1$/));
    expect(own.log).toContainEqual(
      expect.stringMatching(/^an observer ended something .*principal=root action=end_session sessionId=/),
    );
  });
});

describe("C11: a cell that an observer terminates", () => {
  test("C11: leaves its outcome to the host, unread, with its content", async () => {
    const finished = Promise.withResolvers<{ cellId: string; ok: boolean }>();
    const turn = await sdkTurn(gateway(), { onCellFinished: finished.resolve });
    const { cellId } = await turn.execute("text('so far'); yield_control(); for (;;);", { yieldMs: null });
    const observation = await observing(gateway());
    const heard = await watching(observation, turn.session.id);
    await observation.terminate(turn.session.id, cellId);
    expect(await finished.promise).toEqual({ cellId, ok: false });
    expect(await heard.next("cell_ended")).toMatchObject({ cellId, ending: "terminated" });
    const outcome = await turn.wait(cellId);
    expect([outcome.type, outcome.text]).toEqual(["terminated", ""]);
    await expect(observation.terminate(turn.session.id, cellId)).rejects.toMatchObject({ code: "unknown_cell" });
  });

  test("C11: answers the host that waits for it", async () => {
    const busy = Promise.withResolvers<string>();
    const turn = await sdkTurn(gateway(), { onNotify: ({ cellId }) => busy.resolve(cellId) });
    const running = turn.run("text('x'); notify('busy'); for (;;);");
    const observation = await observing(gateway());
    await observation.terminate(turn.session.id, await busy.promise);
    expect(await running).toMatchObject({ type: "terminated", content: [{ text: "x" }] });
  });
});

describe("no secret is observed", () => {
  /** All that an observer's socket brings, as text and as it stands. */
  test.each(subprotocols)("whatever is watched, over %s", async (subprotocol) => {
    const own = await runningGateway();
    const observer = await own.open(subprotocol);
    const messages: Buffer[] = [];
    observer.socket.on("message", (data: Buffer) => messages.push(data));
    observer.send({ type: "hello", role: "observer" });
    const first = await own.open(subprotocol);
    const { sessionId, sessionToken } = await first.hello();
    observer.send({ type: "watch", id: 1, topic: "session", sessionId, frames: true });
    observer.send({ type: "watch", id: 2, topic: "sessions" });
    observer.send({ type: "watch", id: 3, topic: "metrics" });
    observer.send({ type: "list_sessions", id: 4 });
    await observer.next("sessions" as never);
    const second = await own.open(subprotocol);
    await second.hello({ sessionId, sessionToken });
    second.send({ type: "hello", sessionId, sessionToken });
    second.sendRaw(`{"type":"hello","sessionToken":"${sessionToken}"x`);
    await second.settle();
    second.socket.terminate();
    const third = await own.open(subprotocol);
    const { turn } = await third.hello({ sessionId, sessionToken, turn: 2, lastSeq: 0 });
    third.send({ type: "end_session", id: 1 });
    for (;;) {
      const { events } = (await observer.next("observed" as never)) as { events: WatchedEvent[] };
      if (events.some(({ type }) => type === "session_gone")) break;
    }
    observer.send({ type: "ping" });
    await observer.next("pong");
    const everything = Buffer.concat(messages);
    const shown = (observer.frames as object[] as ObserverServerFrame[]).flatMap((frame) =>
      frame.type === "observed" ? frame.events : [],
    );
    const bodies = shown.map((event) =>
      event.type === "frame" && typeof event.bytes === "string" ? Buffer.from(event.bytes, "base64").toString() : "",
    );
    const tags = shown.map((event) => (event.type === "frame" ? event.tag : ""));
    expect([
      turn,
      tags.filter((tag) => tag === "hello").length,
      tags.filter((tag) => tag === "welcome").length,
    ]).toEqual([2, 2, 2]);
    for (const secret of [sessionToken, own.token, sessionToken.slice(0, 12), sessionToken.slice(-12)]) {
      expect(everything.includes(secret)).toBe(false);
      expect(bodies.some((body) => body.includes(secret))).toBe(false);
    }
  });
});
