import { afterAll, expect, test } from "vitest";
import type { Subprotocol } from "../../client/index.ts";
import type { Limits } from "../../src/protocol/limits.ts";
import { FaultProxy, type Line } from "../support/fault-proxy.ts";
import { sharedGateway, type TestGateway } from "../support/running-gateway.ts";
import type { WireMessage } from "../support/wire-reader.ts";
import { type Account, EventfulTurn, expectedAccount } from "./eventful-turn.ts";
import { isOfNextConnection, places, type TurnMoment, turnMessages } from "./moments.ts";

/** What happens at a moment of an eventful turn. */
export interface FaultKind {
  readonly strike: (line: Line, message: WireMessage, moment: TurnMoment, proxy: FaultProxy) => void;
  /** At which moments. Default: at all. */
  readonly among?: ((moment: TurnMoment) => boolean) | undefined;
  /** Milliseconds that everything is under way, in both directions. Default: 0. */
  readonly delayMs?: number | undefined;
  readonly subprotocol?: Subprotocol | undefined;
}

/** A table of eventful turns: one for each moment, and each kind of fault. */
export interface FaultTable {
  readonly title: string;
  /** Limits of the gateway, beside the smallest frames that there can be. */
  readonly limits?: Partial<Limits> | undefined;
  /** Present: frames may be missed, and at these moments they are. Absent: none may. */
  readonly misses?: ((moment: TurnMoment) => boolean) | undefined;
  readonly kinds: { readonly [column: string]: FaultKind };
}

/** Declares a test for each moment and kind, and prints the table when all are done. */
export function faultTable({ title, limits, misses, kinds }: FaultTable): void {
  const gateway = sharedGateway({ limits: { frameBytes: 256 * 1024, ...limits } });
  const outcomes = new Map<string, string>();
  const moments = turnMessages().flatMap((message) => places.map((where): TurnMoment => ({ ...message, where })));
  const cases = Object.entries(kinds).flatMap(([column, kind]) =>
    moments.filter(kind.among ?? (() => true)).map((moment) => ({ column, kind, ...moment })),
  );
  test.concurrent.for(cases)("$column: $where $tag $nth of the $from", async ({ column, kind, ...moment }) => {
    const run = await runTurn(gateway(), moment, kind);
    assertTold(run, moment, misses);
    outcomes.set(keyOf(column, moment), `${run.connections}${run.turn.isComplete ? "" : "*"}`);
  });
  afterAll(() => console.log(tableOf(title, Object.keys(kinds), outcomes)));
}

/** How an eventful turn went. */
interface Run {
  readonly turn: EventfulTurn;
  readonly account: Account;
  readonly connections: number;
}

async function runTurn(gateway: TestGateway, moment: TurnMoment, kind: FaultKind): Promise<Run> {
  const { strike, delayMs = 0, subprotocol } = kind;
  using proxy = await FaultProxy.open(gateway.url);
  proxy.pace.client.delayMs = proxy.pace.gateway.delayMs = delayMs;
  let hasStruck = false;
  void proxy.at(moment, (line, message) => {
    hasStruck = true;
    strike(line, message, moment, proxy);
  });
  if (isOfNextConnection(moment)) void proxy.at({ from: "gateway", tag: "tool_call" }, (line) => line.cut());
  const turn = new EventfulTurn();
  const { sessionId, stored, closeCode } = await turn.run({ url: proxy.url, token: gateway.token, subprotocol });
  expect(hasStruck, "there is such a message in an eventful turn").toBe(true);
  // 4410: the session was ended, and its `ok` was lost.
  expect([1000, 4410]).toContain(closeCode);
  const ran = gateway.log.filter((line) => line.startsWith("a cell ended") && line.includes(sessionId));
  expect(ran, "cells that ran").toHaveLength(expectedAccount.started);
  return { turn, account: turn.account(stored), connections: proxy.connections };
}

/** The turn was told everything; or, where frames were missed, that, and everything but for what they alone say. */
function assertTold({ turn, account }: Run, moment: TurnMoment, misses: FaultTable["misses"]): void {
  if (turn.isComplete) {
    expect(misses?.(moment) ?? false, "frames were missed, and the turn was not told so").toBe(false);
    return expect(account).toEqual(expectedAccount);
  }
  expect(misses, "no frame is missed").toBeDefined();
  const { answers, notified, events } = account;
  const expected = [...expectedAccount.answers];
  // Whoever asked for the end of a cell is told that it is gone, where its waiter was told how it ended.
  const [isGone] = answers.filter((answer) => typeof answer === "object" && answer.type === "cell_not_found");
  if (isGone) expected[expected.findLastIndex(isTerminated)] = { type: "cell_not_found", texts: [] };
  expect(account).toEqual({
    ...expectedAccount,
    answers: expected,
    notified: expectedAccount.notified.filter((text) => notified.includes(text)),
    events: allEvents.filter((event) => events.includes(event)),
  });
}

const isTerminated = (answer: Account["answers"][number]) => typeof answer === "object" && answer.type === "terminated";

/** Behind a gap no request is pending for a moment, so that each cell may end without a waiter. */
const allEvents = [1, 2, 3, 4].flatMap((cell) => [`${cell} finished`, `${cell} taken`]);

const keyOf = (column: string, { from, tag, nth, where }: TurnMoment): string =>
  [column, from, tag, nth, where].join(" ");

function tableOf(title: string, columns: readonly string[], outcomes: ReadonlyMap<string, string>): string {
  const rows = turnMessages().map((message) => {
    const cells = columns.map((column) =>
      places.map((where) => (outcomes.get(keyOf(column, { ...message, where })) ?? "–").padEnd(2)).join(" "),
    );
    return [message.from, message.tag, String(message.nth), ...cells];
  });
  const widths = [7, 21, 1, ...columns.map((column) => Math.max(column.length, 8))];
  const lines = [["", "", "", ...columns], ...rows].map((row) =>
    row.map((text, index) => text.padEnd(widths[index] ?? 0)).join("  "),
  );
  const legend =
    "before, in the middle of, and after each message: connections that it took; * frames were missed and said to be";
  return [title, `(${legend})`, ...lines].join("\n");
}
