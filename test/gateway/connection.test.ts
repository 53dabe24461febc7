import { describe, expect, test } from "vitest";
import { announced } from "../../src/protocol/limits.ts";
import { principal } from "../support/principals.ts";
import { MemoryGateway, server } from "./memory-gateway.ts";

const tool = (name: string) => ({ name, description: "" });

describe("hello", () => {
  test("opens a session and its first turn, and is answered by welcome", () => {
    const gateway = new MemoryGateway();
    const client = gateway.connect();
    client.send({ type: "hello", client: { name: "test", version: "1" } });
    expect(client.channel.sent).toEqual([
      {
        type: "welcome",
        sessionId: expect.any(String),
        sessionToken: expect.any(String),
        turn: 1,
        resumed: false,
        seq: 0,
        received: 0,
        heartbeatMs: 25_000,
        openCalls: [],
        limits: announced(gateway.limits),
        cells: [],
        server,
      },
    ]);
    expect(client.welcome.sessionId.length).toBeGreaterThan(20);
    expect(client.welcome.sessionToken).toHaveLength(32);
  });

  test("is told to whoever observes, whether it opens a turn or goes on with one", () => {
    const gateway = new MemoryGateway();
    const hello = { client: { name: "agent", version: "7" } };
    const client = gateway.greeted(hello);
    const { sessionId } = client.welcome;
    const told = { connection: 1, sessionId, turn: 1, principal: "default", client: "agent 7" };
    client.cut();
    const resumed = gateway.resumed(client, client.channel.lastSeq, hello);
    gateway.resumedWithGap(resumed);
    expect(gateway.observer.events).toEqual([
      { type: "session_opened", sessionId, principal: "default" },
      { type: "turn_opened", ...told },
      { type: "turn_resumed", ...told, gap: false },
      { type: "turn_resumed", ...told, client: undefined, gap: true },
    ]);
  });

  test("with a session's id and token attaches the session's next turn", () => {
    const gateway = new MemoryGateway();
    const first = gateway.greeted();
    first.cut();
    const second = gateway.greeted(first.credentials);
    expect(second.welcome).toMatchObject({ ...first.credentials, turn: 2 });
  });

  test("is the first frame: any other is refused, under its id, and nothing is done", () => {
    const gateway = new MemoryGateway();
    const client = gateway.connect();
    client.send({ type: "execute", id: 3, source: "1" }, { type: "ping" }, { type: "ack", seq: 0 });
    expect(client.channel.sent).toEqual(
      [
        { type: "error", id: 3, code: "bad_frame", message: "expected hello as the first frame, got execute" },
        { type: "error", code: "bad_frame", message: "expected hello as the first frame, got ping" },
        { type: "error", code: "bad_frame", message: "expected hello as the first frame, got ack" },
      ].map((frame, index) => ({ ...frame, seq: index + 1 })),
    );
    expect(gateway.executor.cells).toEqual([]);
    expect(client.hello().turn).toBe(1);
  });

  test("comes once", () => {
    const client = new MemoryGateway().greeted();
    client.send({ type: "hello" });
    expect(client.channel.latest("error")).toMatchObject({
      code: "bad_frame",
      message: "expected hello only once, as the first frame, got hello",
    });
    expect(client.channel.all("welcome")).toHaveLength(1);
  });

  test.each<[string, object, string]>([
    ["a turn without a lastSeq", { turn: 1 }, "expected turn and lastSeq together, got one of them"],
    ["a lastSeq without a turn", { lastSeq: 0 }, "expected turn and lastSeq together, got one of them"],
    [
      "both without a session",
      { turn: 1, lastSeq: 0 },
      "expected sessionId and sessionToken beside turn and lastSeq, got none",
    ],
  ])("with %s is refused, and another hello may follow", (_, fields, message) => {
    const client = new MemoryGateway().connect();
    client.send({ type: "hello", ...fields });
    expect(client.channel.latest("error")).toMatchObject({ code: "bad_frame", message: `hello: ${message}` });
    expect(client.hello()).toMatchObject({ turn: 1, seq: 1, received: 0 });
  });

  test("with tools that clash is refused with bad_tools, and another hello may follow", () => {
    const client = new MemoryGateway().connect();
    client.send({ type: "hello", tools: [tool("a.b"), tool("a-b")] });
    expect(client.channel.sent).toEqual([
      {
        type: "error",
        code: "bad_tools",
        message: 'tools "a.b" and "a-b" are both called a_b in a cell; rename one of them',
        seq: 1,
      },
    ]);
    expect(client.hello({ tools: [tool("a.b")] }).turn).toBe(1);
  });

  test("with tools that clash does not take a session over", () => {
    const gateway = new MemoryGateway();
    const first = gateway.greeted();
    gateway.connect().send({ type: "hello", tools: [tool("__proto__")], ...first.credentials });
    expect(first.channel.closing).toBeUndefined();
  });

  test.each([
    ["sessionId", { sessionId: "x" }],
    ["sessionToken", { sessionToken: "x" }],
  ])("with a %s alone is refused, and another hello may follow", (_, fields) => {
    const client = new MemoryGateway().connect();
    client.send({ type: "hello", ...fields });
    expect(client.channel.latest("error")).toMatchObject({
      code: "bad_frame",
      message: "hello: expected sessionId and sessionToken together, got one of them",
    });
    expect(client.hello().turn).toBe(1);
  });

  test("has its room: a larger one is refused, and another may follow", () => {
    const client = new MemoryGateway({ helloBytes: 2_000 }).connect();
    client.send({ type: "hello", tools: [{ ...tool("a"), description: "x".repeat(2_000) }] });
    const { code, message } = client.channel.latest("error");
    expect(code).toBe("bad_frame");
    expect(message).toMatch(/^expected at most 2000 bytes before there is a turn \(helloBytes\), got 2\d\d\d$/);
    expect(client.hello().turn).toBe(1);
    client.send({ type: "execute", id: 1, source: `text("${"x".repeat(2_000)}")` });
    expect(client.channel.latest("started").id).toBe(1);
  });

  test("has its time: without one the connection closes with 4408", () => {
    const gateway = new MemoryGateway();
    const client = gateway.connect();
    client.send({ type: "ping" }, { type: "hello", tools: [tool("__proto__")] });
    gateway.clock.advance(9_999);
    expect(client.channel.closing).toBeUndefined();
    gateway.clock.advance(1);
    expect(client.channel.closing).toEqual({ code: 4408, reason: "expected hello within 10000 ms (helloMs)" });
  });

  test("stops that time, and so does the end of the socket", () => {
    const gateway = new MemoryGateway();
    const client = gateway.greeted();
    gateway.connect().cut();
    gateway.clock.advance(10_000);
    expect(client.channel.closing).toBeUndefined();
    client.cut();
    // What is left is the time of the session without a host.
    expect(gateway.clock.pending).toBe(1);
  });

  test("whose welcome does not fit a frame is not left without an answer", () => {
    const client = new MemoryGateway().connect();
    client.channel.isTooLarge = ({ type }) => type === "welcome";
    client.send({ type: "hello" });
    expect(client.channel.closing?.code).toBe(1011);
  });
});

describe("a session that cannot be had closes the connection", () => {
  test("with 4404 where it is unknown", () => {
    const client = new MemoryGateway().connect();
    client.send({ type: "hello", sessionId: "x".repeat(21), sessionToken: "y" });
    expect(client.channel.closing).toEqual({ code: 4404, reason: "no such session" });
  });

  test("with 4403 where the token is another session's, and the session keeps its host", () => {
    const gateway = new MemoryGateway();
    const [first, other] = [gateway.greeted(), gateway.greeted()];
    const client = gateway.connect();
    client.send({ type: "hello", ...first.credentials, sessionToken: other.credentials.sessionToken });
    expect(client.channel.closing).toEqual({ code: 4403, reason: "the session token is not that of the session" });
    expect(first.channel.closing).toBeUndefined();
  });

  test("with 4410 where it was without a host for too long", () => {
    const gateway = new MemoryGateway({ sessionTtlMs: 1_000 });
    const first = gateway.greeted();
    gateway.clock.advance(5_000);
    first.cut();
    gateway.clock.advance(999);
    const second = gateway.greeted(first.credentials);
    gateway.clock.advance(5_000);
    second.cut();
    gateway.clock.advance(1_000);
    const third = gateway.connect();
    third.send({ type: "hello", ...first.credentials });
    expect(third.channel.closing).toEqual({ code: 4410, reason: "the session has ended" });
  });

  test("with 4410 where it was ended", () => {
    const gateway = new MemoryGateway();
    const first = gateway.greeted();
    first.send({ type: "end_session", id: 1 });
    expect(first.channel.closing).toEqual({ code: 1000, reason: "the session was ended" });
    const client = gateway.connect();
    client.send({ type: "hello", ...first.credentials });
    expect(client.channel.closing?.code).toBe(4410);
  });

  test("with 4404 where it is another principal's, as if it had never been, and the session keeps its host", () => {
    const gateway = new MemoryGateway();
    const owner = gateway.greeted({}, principal("alice"));
    const client = gateway.connect(principal("bob"));
    client.send({ type: "hello", ...owner.credentials });
    expect(client.channel.closing).toEqual({ code: 4404, reason: "no such session" });
    expect(owner.channel.closing).toBeUndefined();
  });

  test("with 1013 where its principal has as many as it may; others are let in", () => {
    const gateway = new MemoryGateway({ sessionsPerPrincipal: 1 });
    gateway.greeted({}, principal("alice"));
    const client = gateway.connect(principal("alice"));
    client.send({ type: "hello" });
    expect(client.channel.closing).toEqual({
      code: 1013,
      reason: "the principal has 1 sessions (sessionsPerPrincipal)",
    });
    gateway.greeted({}, principal("bob"));
    const none = gateway.connect(principal("carol", { sessions: 0 }));
    none.send({ type: "hello" });
    expect(none.channel.closing).toEqual({ code: 1013, reason: "the principal has 0 sessions (sessionsPerPrincipal)" });
  });

  test("with 4403 at the hello of a host who may not be one", () => {
    const gateway = new MemoryGateway();
    for (const hello of [{ type: "hello" }, { type: "hello", role: "host" }, { type: "hello", tools: 5 }]) {
      const client = gateway.connect(principal("watcher", { scopes: new Set(["observe", "admin"]) }));
      client.send(hello);
      expect([client.channel.closing, client.channel.sent]).toEqual([
        { code: 4403, reason: "expected the scope host" },
        [],
      ]);
    }
  });

  test.each([1, 3])("with 4409 where turn %d is not the session's latest", (turn) => {
    const gateway = new MemoryGateway();
    const first = gateway.greeted();
    const second = gateway.greeted(first.credentials);
    const client = gateway.connect();
    client.send({ type: "hello", ...first.credentials, turn, lastSeq: 0 });
    expect(client.channel.closing).toEqual({ code: 4409, reason: `the session's turn is 2, not ${turn}` });
    expect(second.channel.closing).toBeUndefined();
  });

  test("with 1013 where there are as many as there may be; those that exist can still be had", () => {
    const gateway = new MemoryGateway({ sessions: 1 });
    const first = gateway.greeted();
    const client = gateway.connect();
    client.send({ type: "hello" });
    expect(client.channel.closing).toEqual({ code: 1013, reason: "the gateway has 1 sessions (sessions)" });
    expect(gateway.greeted(first.credentials).welcome.turn).toBe(2);
  });
});

describe("a newer host takes over", () => {
  test("the older connection closes with 4409, and its end changes nothing for the newer one", () => {
    const gateway = new MemoryGateway({ sessionTtlMs: 1_000 });
    const older = gateway.greeted({ tools: [tool("t")] });
    older.send({ type: "execute", id: 1, source: "1" });
    const newer = gateway.greeted({ ...older.credentials, tools: [tool("t")] });
    expect(older.channel.closing).toEqual({ code: 4409, reason: "a newer host attached to the session" });
    older.cut();
    gateway.executor.latest.started().call("t");
    expect(newer.channel.latest("tool_call")).toMatchObject({ name: "t" });
    gateway.clock.advance(2_000);
    expect(newer.channel.closing).toBeUndefined();
    newer.send({ type: "list_cells", id: 1 });
    expect(newer.channel.latest("cells").cells).toHaveLength(1);
  });
});

describe("a socket that closes leaves its session alive", () => {
  test("and its cells run on", () => {
    const gateway = new MemoryGateway();
    const first = gateway.greeted();
    first.send({ type: "execute", id: 1, source: "1" });
    const { cellId } = first.channel.latest("started");
    first.cut();
    gateway.executor.latest.started().put("still here");
    const second = gateway.greeted(first.credentials);
    expect(second.welcome.cells).toMatchObject([{ cellId, state: "running", unreadBytes: 10 }]);
  });
});
