import { expect, test } from "vitest";
import { connect, observe, type SessionsEvent, type WatchedEvent } from "../../client/index.ts";
import { sharedGateway } from "../support/running-gateway.ts";

const gateway = sharedGateway();

test("an observer sees sessions, what happens in one, and numbers", async () => {
  const { url, token } = gateway();
  await using observation = await observe(url, { token });
  await using turn = await connect(url, { token, tools: { add: { description: "", run: ({ a }) => a + 1 } } });
  const seen: WatchedEvent[] = [];
  const ended = Promise.withResolvers<void>();
  const listed = Promise.withResolvers<SessionsEvent>();
  const numbers = Promise.withResolvers<unknown>();
  observation.watchSessions((event) => listed.resolve(event));
  observation.watchMetrics((event) => numbers.resolve(event));
  const watch = observation.watchSession(turn.session.id, { frames: true }, (event) => {
    seen.push(event);
    if (event.type === "frame" && event.tag === "cell_closed") ended.resolve();
  });
  await watch.started;
  await turn.run("store('k', [1]); text(await tools.add({ a: 1 }))");
  await ended.promise;
  const tags = seen.map((event) =>
    event.type === "frame" ? `${event.direction} ${event.decode()?.type}` : event.type,
  );
  expect(tags.filter((tag) => tag !== "in ack")).toEqual([
    "snapshot",
    "in execute",
    "cell_accepted",
    "out started",
    "cell_started",
    "call_made",
    "out tool_call",
    "in tool_result",
    "call_ended",
    "values",
    "out result",
    "cell_ended",
    "out cell_closed",
  ]);
  expect(await listed.promise).toMatchObject({ type: "session", session: { sessionId: turn.session.id } });
  expect(await numbers.promise).toMatchObject({ type: "metrics", connections: 2, observers: 1 });
});
