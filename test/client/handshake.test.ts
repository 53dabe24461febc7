import { beforeEach, expect, test } from "vitest";
import { hostVocabulary } from "../../client/vocabulary.ts";
import { SessionLostError } from "../../client/errors.ts";
import { shakeHands } from "../../client/handshake.ts";
import { States } from "../../client/states.ts";
import { ToolHost } from "../../client/tools.ts";
import { Turn } from "../../client/turn.ts";
import type { HelloFrame } from "../../src/protocol/client-frames.ts";
import { FakeGateway } from "./fake-gateway.ts";
import { settled } from "./settled.ts";

const hello: HelloFrame = { type: "hello", tools: [{ name: "t", description: "" }] };

let gateway: FakeGateway;
let turn: Promise<Turn>;

beforeEach(() => {
  gateway = new FakeGateway();
  const host = new ToolHost({ t: { description: "", run: () => 1 } });
  const options = { host, states: new States(() => {}) };
  turn = shakeHands(
    gateway,
    hostVocabulary,
    hello,
    (channel, welcome) => new Turn(channel, welcome, options),
    "ws://host/v1/turn",
  );
});

test("says hello when the channel opens, and not before", () => {
  expect(gateway.sent).toEqual([]);
  gateway.open();
  expect(gateway.sent).toEqual([hello]);
});

test("resolves with what is made of the welcome", async () => {
  gateway.open();
  gateway.deliver(gateway.welcomeFrame());
  expect((await turn).session).toEqual({ id: "session", token: "secret" });
});

test("loses nothing that comes together with the welcome", async () => {
  gateway.open();
  gateway.deliver(gateway.welcomeFrame());
  gateway.say({ type: "tool_call", callId: "c.1", cellId: "c", name: "t", kind: "function", attempt: 2 });
  await settled();
  expect(gateway.last("tool_result")).toMatchObject({ callId: "c.1", value: 1, ack: 1 });
});

test("rejects where the gateway refuses the tools", async () => {
  gateway.open();
  gateway.say({ type: "error", code: "bad_tools", message: "clash" });
  await expect(turn).rejects.toMatchObject({ name: "RequestError", code: "bad_tools", message: "clash" });
});

test.each([
  [1006, "ConnectionError", "connection_lost", true],
  [4401, "ConnectionError", "unauthenticated", false],
  [4403, "ConnectionError", "forbidden", false],
  [4404, "SessionLostError", "unknown_session", false],
  [4410, "SessionLostError", "expired_session", false],
])("rejects where it is closed with %i", async (closeCode, name, code, retryable) => {
  gateway.open();
  gateway.end(closeCode, "no");
  await expect(turn).rejects.toMatchObject({
    name,
    code,
    closeCode,
    retryable,
    message: `could not connect to ws://host/v1/turn: ${closeCode} ${code}, no`,
  });
  await expect(turn.catch((error) => error instanceof SessionLostError)).resolves.toBe(name === "SessionLostError");
});

test("rejects where hello does not fit a frame", async () => {
  gateway = new FakeGateway({ frameBytes: 10 });
  const refused = shakeHands(gateway, hostVocabulary, hello, () => {}, "ws://host");
  gateway.open();
  await expect(refused).rejects.toMatchObject({ name: "UnsentError", code: "bad_frame", message: /^hello: / });
});

test("ignores what a gateway does not say before welcome", async () => {
  gateway.open();
  gateway.deliver({ type: "pong", received: 1 });
  gateway.deliver(gateway.welcomeFrame());
  expect((await turn).turn).toBe(3);
});
