import { describe, expect, test } from "vitest";
import { ConnectionError, type Turn } from "../../client/index.ts";
import { runningGateway, sharedGateway } from "../support/running-gateway.ts";
import { hold, textsOf } from "./cell-turn.ts";
import { sdkTurn } from "./sdk-turn.ts";

const gateway = sharedGateway();
const reason = new Error("no longer wanted");

/** A turn whose tool `hold` tells of each call, and answers none until `release` is called. */
async function holdingTurn() {
  let called = Promise.withResolvers<string>();
  const released = Promise.withResolvers<string>();
  const run = (_: unknown, { cellId }: { cellId: string }) => {
    called.resolve(cellId);
    return released.promise;
  };
  const closed: string[] = [];
  const turn = await sdkTurn(gateway(), {
    tools: { hold: { ...hold, run } },
    onCellClosed: ({ cellId }) => void closed.push(cellId),
  });
  const nextCall = async () => {
    const cellId = await called.promise;
    called = Promise.withResolvers<string>();
    return cellId;
  };
  return { turn, nextCall, release: () => released.resolve("answered"), closed };
}

/** Resolves when the session has no live cell. */
async function untilNoCells(turn: Turn): Promise<void> {
  while ((await turn.listCells()).length > 0);
}

describe("a signal", () => {
  const asks: Record<string, (turn: Turn, signal: AbortSignal) => Promise<unknown>> = {
    execute: (turn, signal) => turn.execute(`store("k", "not this")`, { signal }),
    run: (turn, signal) => turn.run(`store("k", "not this")`, { signal }),
    wait: (turn, signal) => turn.wait("any", { signal }),
    terminate: (turn, signal) => turn.terminate("any", { signal }),
    setTools: (turn, signal) => turn.setTools({}, { signal }),
    listCells: (turn, signal) => turn.listCells({ signal }),
    storedValues: (turn, signal) => turn.storedValues({ signal }),
    replaceStoredValues: (turn, signal) => turn.replaceStoredValues({ k: "not this" }, { signal }),
    endSession: (turn, signal) => turn.endSession({ signal }),
    ping: (turn, signal) => turn.ping({ signal }),
  };

  test.for(Object.entries(asks))(
    "that is aborted already rejects %s with its reason, and nothing is asked",
    async ([, ask]) => {
      const turn = await sdkTurn(gateway(), { tools: { hold: { ...hold, run: () => "held" } } });
      await turn.run(`store("k", 1)`);
      await expect(ask(turn, AbortSignal.abort(reason))).rejects.toBe(reason);
      expect(await turn.listCells()).toEqual([]);
      expect(await turn.storedValues()).toEqual({ k: 1 });
      expect((await turn.run(`return await tools.hold()`)).text).toBe("held");
    },
  );

  test.for(Object.entries(asks))(
    "that is aborted right after rejects %s, and a late answer is ignored",
    async ([, ask]) => {
      const turn = await sdkTurn(gateway());
      const controller = new AbortController();
      const pending = ask(turn, controller.signal);
      controller.abort(reason);
      // What was answered by then may count; a wait, whose answer is never lost, says that it was taken back, or answers.
      await pending.then(
        (value) => expect(value).toHaveProperty("error.code", "cell_not_found"),
        (error: unknown) => expect(error).toBe(reason),
      );
      if (ask !== asks["endSession"]) await untilNoCells(turn);
    },
  );
});

describe("aborting a request that is under way", () => {
  test("of execute terminates the cell, and drops what it wrote", async () => {
    const { turn, nextCall, closed } = await holdingTurn();
    const controller = new AbortController();
    const pending = turn.execute(`store("k", 1); await tools.hold()`, { yieldMs: null, signal: controller.signal });
    const cellId = await nextCall();
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
    await untilNoCells(turn);
    expect(await turn.storedValues()).toEqual({});
    expect((await turn.wait(cellId)).error).toMatchObject({ code: "cell_not_found", reason: "already_taken" });
    expect(closed).toEqual([cellId]);
  });

  test("of run terminates the cell, also after it has yielded", async () => {
    const { turn, nextCall } = await holdingTurn();
    const controller = new AbortController();
    const pending = turn.run(`text("a"); yield_control(); await tools.hold()`, { signal: controller.signal });
    await nextCall();
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
    await untilNoCells(turn);
  });

  test("of wait takes it back without loss", async () => {
    const { turn, nextCall, release } = await holdingTurn();
    const { cellId } = await turn.execute(`text("a"); text(await tools.hold())`, { yieldMs: 0 });
    await nextCall();
    const controller = new AbortController();
    const pending = turn.wait(cellId, { yieldMs: null, signal: controller.signal });
    // A cell has one waiter: this one is there.
    await expect(turn.wait(cellId)).rejects.toMatchObject({ name: "RequestError", code: "cell_busy", retryable: true });
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
    const again = turn.wait(cellId, { yieldMs: null });
    release();
    expect(textsOf((await again).content)).toEqual(["a", "answered"]);
  });

  test("of terminate does not take the termination back", async () => {
    const { turn, nextCall } = await holdingTurn();
    const executed = turn.execute(`await tools.hold()`, { yieldMs: null });
    const cellId = await nextCall();
    const controller = new AbortController();
    const pending = turn.terminate(cellId, { signal: controller.signal });
    controller.abort(reason);
    await expect(pending).rejects.toBe(reason);
    expect((await executed).type).toBe("terminated");
  });

  test("after the answer changes nothing", async () => {
    const { turn, release } = await holdingTurn();
    const controller = new AbortController();
    const yielded = await turn.execute(`text(await tools.hold())`, { yieldMs: 0, signal: controller.signal });
    controller.abort(reason);
    release();
    expect((await turn.wait(yielded.cellId)).text).toBe("answered");
  });
});

describe("requests", () => {
  test("of run resolve with all content, however often the cell yields", async () => {
    const { turn, nextCall, release } = await holdingTurn();
    const heard: string[] = [];
    const onContent = (items: Parameters<typeof textsOf>[0]) => void heard.push(...textsOf(items));
    const pending = turn.run(`text("a"); yield_control(); text("b"); yield_control(); text(await tools.hold())`, {
      onContent,
    });
    const cellId = await nextCall();
    turn.yieldNow(cellId);
    turn.yieldNow("unknown");
    release();
    expect(textsOf((await pending).content)).toEqual(["a", "b", "answered"]);
    expect(heard).toEqual(["a", "b", "answered"]);
  });

  test("of execute tell the cell's id before anything of it is heard, and stream content as it appears", async () => {
    const { turn, nextCall, release } = await holdingTurn();
    const heard: string[] = [];
    const first = Promise.withResolvers<void>();
    const pending = turn.execute(`text("a"); text(await tools.hold())`, {
      yieldMs: null,
      onStarted: (cellId) => void heard.push(cellId),
      onContent: (items) => {
        heard.push(...textsOf(items));
        first.resolve();
      },
    });
    const cellId = await nextCall();
    await first.promise;
    expect(heard).toEqual([cellId, "a"]);
    release();
    expect((await pending).text).toBe("a\nanswered");
    expect(heard).toEqual([cellId, "a", "answered"]);
  });

  test("tell of a cell that ended while nobody waited", async () => {
    const finished = Promise.withResolvers<{ cellId: string; ok: boolean }>();
    const turn = await sdkTurn(gateway(), { onCellFinished: finished.resolve });
    const { cellId } = await turn.execute(`text("late"); throw new Error("x")`, { yieldMs: 0 });
    expect(await finished.promise).toEqual({ cellId, ok: false });
    expect(await turn.wait(cellId)).toMatchObject({ text: "late", error: { code: "script_error" } });
  });

  test("that the gateway would refuse are not sent", async () => {
    const turn = await sdkTurn(gateway());
    await expect(turn.run("x".repeat(2 ** 20 + 1))).rejects.toMatchObject({
      name: "UnsentError",
      code: "source_too_large",
    });
    await expect(turn.run(" ")).rejects.toMatchObject({ name: "RequestError", code: "empty_source" });
    await expect(turn.replaceStoredValues({ k: "x".repeat(5_000_000) })).rejects.toMatchObject({ name: "UnsentError" });
    expect((await turn.run(`text("fine")`)).text).toBe("fine");
  });
});

test("a gateway that goes down ends a turn that does not reconnect with a ConnectionError, which is retryable", async () => {
  const own = await runningGateway();
  const called = Promise.withResolvers<AbortSignal>();
  const run = (_: unknown, { signal }: { signal: AbortSignal }) => {
    called.resolve(signal);
    return new Promise(() => {});
  };
  const turn = await sdkTurn(own, { tools: { hold: { ...hold, run } }, reconnect: false });
  const { cellId } = await turn.execute(`await new Promise(() => {})`, { yieldMs: 0 });
  const pending = [turn.run(`await tools.hold()`), turn.wait(cellId, { yieldMs: null })];
  const signal = await called.promise;
  const errors = Promise.all(pending.map((request) => request.catch((error: unknown) => error)));
  await own.close();
  const expected = { name: "ConnectionError", code: "restart", closeCode: 1012, retryable: true };
  for (const error of await errors) {
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error).toMatchObject(expected);
  }
  expect(await turn.closed).toMatchObject({ code: 1012, retryable: true });
  expect(signal.aborted).toBe(true);
  expect(signal.reason).toMatchObject(expected);
  await expect(turn.run(`1`)).rejects.toMatchObject(expected);
});
