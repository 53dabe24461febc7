import { afterAll, expect, test } from "vitest";
import { SessionLostError } from "../../client/index.ts";
import { held, proxiedTurn } from "../e2e/proxied-turn.ts";
import { runningGateway, sharedGateway } from "../support/running-gateway.ts";
import { places } from "./moments.ts";

/** The gateway that comes in the place of those that go down. */
const next = sharedGateway();
const rows: string[] = [];
afterAll(() => console.log(["a turn that is cut off at `drain`", ...rows].join("\n")));

test.for(places)("a turn that is cut off, %s `drain`, is lost with its session, and says so", async (where) => {
  const old = await runningGateway({ token: next().token });
  const { tools, called, signals } = held();
  let drains = 0;
  const { proxy, turn, events } = await proxiedTurn(old, { tools, onDrain: () => void (drains += 1) });
  const outcome = turn.run(`await tools.hold()`).catch((error: unknown) => error);
  await called;
  void proxy.at({ from: "gateway", tag: "drain", where }, (line) => line.cut());
  const drained = old.drain();
  // Nobody is let in any more.
  await proxy.at({ from: "client", tag: "upgrade" });
  proxy.isDown = true;
  await old.close();
  await drained;
  proxy.target = next().url;
  proxy.isDown = false;
  const error = await outcome;
  expect(error).toBeInstanceOf(SessionLostError);
  expect(error).toMatchObject({ closeCode: 4404, retryable: false });
  expect(signals[0]?.reason).toBeInstanceOf(SessionLostError);
  expect(events.filter(({ state }) => state === "resumed")).toEqual([]);
  expect(drains).toBe(where === "after" ? 1 : 0);
  rows.push(`gateway  drain  ${where.padEnd(6)}  ${proxy.connections} connections, ${String(error)}`);
});
