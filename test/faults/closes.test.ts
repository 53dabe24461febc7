import { describe, expect, test } from "vitest";
import { CellgateError } from "../../client/index.ts";
import { type CloseCode, closeCodes } from "../../src/protocol/close-codes.ts";
import { held, proxiedTurn, until } from "../e2e/proxied-turn.ts";
import { sdkTurn } from "../e2e/sdk-turn.ts";
import { sharedGateway } from "../support/running-gateway.ts";

const gateway = sharedGateway();

/** Those that a close frame can carry (RFC 6455, section 7.4.1), by whether the client comes back. */
const codes = (Object.keys(closeCodes).map(Number) as CloseCode[]).filter((code) => code !== 1006);
const temporary = codes.filter((code) => closeCodes[code].reconnect === "yes");
const final = codes.filter((code) => closeCodes[code].reconnect !== "yes");

/** A turn with a cell that waits for its tool, and whose connection is then closed by something in between. */
async function closed(code: CloseCode, reason: string) {
  const { tools, called, release } = held();
  const { proxy, turn, events } = await proxiedTurn(gateway(), { tools });
  const outcome = turn.run(`text("a"); text(await tools.hold())`);
  const cellId = await called;
  for (const line of proxy.lines) line.close(code, reason);
  return { proxy, turn, events, outcome, cellId, release };
}

describe("a connection that something in between closes", () => {
  test.for(temporary)("with %i is made again, and the turn goes on", async (code) => {
    // With `rate_limit`, the reason says how long to wait.
    const { proxy, turn, events, outcome, release } = await closed(code, "try again in 30 ms");
    await until(turn, "resumed");
    release("b");
    expect((await outcome).text).toBe("a\nb");
    expect(events.find(({ state }) => state === "lost")).toMatchObject({ closure: { code } });
    expect(events.at(-1)).toEqual({ state: "resumed", complete: true });
    expect(proxy.connections).toBe(2);
  });

  test.for(final)(
    "with %i ends the turn, and what is asked says so; the session is there for a next one",
    async (code) => {
      const { proxy, turn, outcome, cellId, release } = await closed(code, "for good");
      const error = await outcome.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(CellgateError);
      expect(error).toMatchObject({
        code: closeCodes[code].name,
        closeCode: code,
        reason: "for good",
        retryable: false,
      });
      expect(await turn.closed).toMatchObject({ code, reason: "for good" });
      expect(proxy.connections).toBe(1);
      release("late");
      const next = await sdkTurn(gateway(), {
        session: turn.session,
        tools: { hold: { description: "", run: () => "b" } },
      });
      expect((await next.wait(cellId)).text).toBe("a\nb");
    },
  );
});
