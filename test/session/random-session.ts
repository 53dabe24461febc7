import { expect } from "vitest";
import type { CellEnd } from "../../src/executor/executor.ts";
import type { Subprotocol } from "../../src/protocol/codec.ts";
import type { JsonValue } from "../../src/protocol/values.ts";
import type { Session } from "../../src/session/session.ts";
import { MemoryGateway } from "../gateway/memory-gateway.ts";
import type { FakeCell } from "../support/fake-executor.ts";
import { finished, lost, stopped } from "./cell-fixture.ts";
import { type CellRecord, Ledger } from "./random-ledger.ts";
import { RandomNeighbour } from "./random-neighbour.ts";
import { RandomTurn } from "./random-turn.ts";
import { textsOf } from "./recording-waiter.ts";

/** Small enough that random steps get past most of them; no content is ever left out. */
const limits = {
  outcomesPerSession: 2,
  outcomeTtlMs: 1_000,
  maxWallMs: 2_000,
  cellsPerSession: 4,
  cells: 3,
  queuedCells: 4,
  callsPerSession: 2,
  notificationsPerSession: 4,
  unreadBytesPerSession: 10_000,
};

const failed: CellEnd = { how: "failed", error: { code: "script_error", message: "Error: no" } };
const tools = ["t", "u"].map((name) => ({ name, description: "", timeoutMs: 300 }));
/** What hosts declare: one or the other tool, both, or none. */
const hosts = [[], tools.slice(0, 1), tools.slice(1), tools];

/** A step of a random sequence: `which` picks a cell, a request or a call, the latest first; `how` a variety. */
export interface Step {
  readonly do: keyof typeof RandomSession.steps;
  readonly which: number;
  readonly how: number;
}

/** A session over real turns, with fake cells, that is led through random steps and checks itself after each. */
export class RandomSession {
  readonly #gateway = new MemoryGateway(limits);
  readonly #ledger = new Ledger(this.#gateway.executor);
  readonly #session: Session;
  readonly #neighbour: RandomNeighbour;
  readonly #credentials: { sessionId: string; sessionToken: string };
  #turn: RandomTurn | undefined;
  /** A turn that lost its socket, until it is resumed or another attaches. */
  #suspended: RandomTurn | undefined;
  /** Turns that were taken over, whose sockets are still closing. */
  readonly #closing: RandomTurn[] = [];
  #count = 0;
  #values: { [key: string]: JsonValue } = {};

  constructor() {
    this.#turn = new RandomTurn(this.#gateway.greeted({ tools }), this.#ledger);
    const { sessionId, sessionToken } = this.#turn.client.welcome;
    this.#credentials = { sessionId, sessionToken };
    this.#session = this.#gateway.sessions.find(sessionId, sessionToken, this.#gateway.principal) as Session;
    this.#neighbour = new RandomNeighbour(this.#gateway, this.#session);
  }

  /** Each step does what it can: without a turn a client sends nothing, and a cell that has ended puts out nothing. */
  static readonly steps = {
    execute: (run: RandomSession, _: number, how: number) => run.#execute(how),
    wait: (run: RandomSession, which: number, how: number) => run.#ask("wait", which, pace(how)),
    terminate: (run: RandomSession, which: number) => run.#ask("terminate", which),
    yield: (run: RandomSession, which: number) => run.#askAbout("yield", which),
    cancel: (run: RandomSession, which: number) => run.#askAbout("cancel", which),
    repeat: (run: RandomSession, which: number) => run.#withPending(which, (turn, id) => turn.repeat(id)),
    acknowledge: (run: RandomSession, _: number, how: number) => run.#turn?.acknowledge(how),
    attach: (run: RandomSession, _: number, how: number) => run.#attach(hosts[how] ?? tools),
    cut: (run: RandomSession) => run.#cut(),
    resume: (run: RandomSession, which: number, how: number) => run.#resume(which, how === 0),
    closed: (run: RandomSession) => run.#closing.shift()?.client.cut(),
    pass: (run: RandomSession, _: number, how: number) => run.#gateway.clock.advance([1, 5, 20, 60, 400, 1_000][how]!),
    start: (run: RandomSession, which: number) => run.#start(run.#queued(which)),
    put: (run: RandomSession, which: number, how: number) => run.#put(run.#running(which), how + 1),
    yieldControl: (run: RandomSession, which: number) => run.#running(which)?.live?.emit({ type: "yield" }),
    notify: (run: RandomSession, which: number) => run.#notify(run.#running(which)?.live),
    call: (run: RandomSession, which: number, how: number) =>
      run.#running(which)?.live?.call(how % 2 === 0 ? "t" : "u"),
    answer: (run: RandomSession, which: number, how: number) => run.#answer(which, how),
    write: (run: RandomSession, which: number, how: number) => run.#write(run.#running(which), `k${how % 3}`),
    end: (run: RandomSession, which: number, how: number) =>
      run.#end(run.#running(which) ?? run.#queued(which), [finished, finished, failed, lost, stopped, stopped][how]!),
    crash: (run: RandomSession) => run.#endAll(lost),
    neighbourExecute: (run: RandomSession) => run.#neighbour.execute(),
    neighbourTerminate: (run: RandomSession, which: number) => run.#neighbour.terminate(which),
    neighbourEnd: (run: RandomSession, which: number) => run.#neighbour.end(which),
  };

  play(steps: readonly Step[]): void {
    for (const { do: step, which, how } of steps) {
      RandomSession.steps[step](this, which, how);
      this.#check();
    }
    this.#conclude();
  }

  #check(): void {
    this.#turn?.read();
    expect(this.#session.storedValues(), "V2: only the end of a cell changes the values").toEqual(this.#values);
    const states = this.#session.listCells().map(({ state }) => state);
    const unread = states.filter((state) => state === "finished").length;
    expect(unread, "C7: unread outcomes").toBeLessThanOrEqual(limits.outcomesPerSession);
    expect(states.length - unread, "B3: live cells").toBeLessThanOrEqual(limits.cellsPerSession);
    expect(this.#session.openCalls.length, "T4: open calls").toBeLessThanOrEqual(limits.callsPerSession);
    this.#neighbour.check();
    for (const { fake } of this.#ledger.cells.values()) {
      const calls = fake?.answers.map(({ call }) => call) ?? [];
      expect(new Set(calls).size, "T6: a call is settled once").toBe(calls.length);
    }
  }

  /** Lets everything come to its end, and checks what must hold then. */
  #conclude(): void {
    if (this.#suspended) this.#resume(0, false);
    // Each place that gets free is taken by one that waits, until nobody does.
    while (this.#gateway.executor.cells.some(({ hasEnded }) => !hasEnded)) {
      this.#endAll(finished);
      this.#neighbour.end(0);
      this.#check();
    }
    this.#neighbour.conclude();
    this.#turn?.read();
    expect(this.#turn?.pending ?? [], "every request was answered, however often the socket was cut").toEqual([]);
    const turn = this.#attach(tools);
    for (const { client } of this.#closing.splice(0)) client.cut();
    for (const { cellId } of this.#session.listCells()) turn.request({ type: "wait", cellId });
    turn.acknowledge();
    this.#check();
    for (const cell of this.#ledger.cells.values()) {
      const error = this.#reasonOf(turn, cell.cellId);
      if (error === "already_taken") expect(cell.acknowledged, "C6: all was delivered").toBe(cell.emitted.length);
      else expect(error).toBe("expired");
    }
    turn.acknowledge();
    expect(turn.pending, "every request was answered").toEqual([]);
    expect(this.#gateway.clock.pending, "no timer is left but two heartbeats, the neighbour's among them").toBe(2);
    this.#probeBudget();
  }

  #reasonOf(turn: RandomTurn, cellId: string): string | undefined {
    turn.request({ type: "wait", cellId });
    turn.read();
    return turn.client.channel.latest("result").error?.reason;
  }

  /** With every cell closed, exactly the session's whole budget of unread bytes is free again. */
  #probeBudget(): void {
    const client = this.#gateway.greeted(this.#credentials);
    client.send({ type: "execute", id: 1, source: "code", yieldMs: null });
    const fake = this.#gateway.executor.latest.started();
    fake.put("x".repeat(limits.unreadBytesPerSession), "y");
    fake.end();
    const [text, marker] = textsOf(client.channel.latest("result").content);
    expect(text?.length, "the byte budget is whole again").toBe(limits.unreadBytesPerSession);
    expect(marker, "and not larger").toMatch(/^…1 items \(1 bytes\) left out/);
    client.send({ type: "end_session", id: 2 });
    expect(client.channel.closing?.code).toBe(1000);
  }

  #attach(declared: typeof tools): RandomTurn {
    const older = this.#turn;
    const client = this.#gateway.greeted({ ...this.#credentials, tools: declared });
    if (older) {
      older.read();
      expect(older.client.channel.closing?.code).toBe(4409);
      this.#closing.push(older);
    }
    this.#suspended = undefined;
    this.#turn = new RandomTurn(client, this.#ledger);
    return this.#turn;
  }

  #cut(): void {
    this.#turn?.read();
    this.#turn?.client.cut();
    this.#suspended = this.#turn ?? this.#suspended;
    this.#turn = undefined;
  }

  /** On a socket of another subprotocol the frames that were missed cannot be sent again. */
  #resume(short: number, isOther: boolean): void {
    const turn = this.#turn ?? this.#suspended;
    if (!turn) return;
    turn.read();
    const { client: older } = turn;
    const client = this.#gateway.connect();
    if (isOther) client.channel.subprotocol = other(older.channel.subprotocol);
    // An execute that was refused has not run, and starts a cell if it finds room now.
    turn.resume(client, this.#credentials, short);
    turn.read();
    if (this.#turn) {
      expect(older.channel.closing?.code).toBe(4409);
      older.cut();
    }
    this.#turn = turn;
    this.#suspended = undefined;
  }

  #execute(how: number): void {
    this.#turn?.request({ type: "execute", source: "code", ...pace(how) });
  }

  #ask(type: "wait" | "terminate", which: number, fields: object = {}): void {
    const cell = this.#pick(which, ({ isClosed }) => !isClosed) ?? this.#pick(which, () => true);
    this.#turn?.request({ type, cellId: cell?.cellId ?? "nowhere", ...fields });
  }

  #askAbout(type: "yield" | "cancel", which: number): void {
    this.#withPending(which, ({ client }, id) => client.send({ type, id }));
  }

  #withPending(which: number, act: (turn: RandomTurn, id: number) => void): void {
    const { pending = [] } = this.#turn ?? {};
    const id = pending[which % pending.length];
    if (this.#turn && id !== undefined) act(this.#turn, id);
  }

  /** One of the cells that meet a condition, the latest first. */
  #pick(which: number, meets: (cell: CellRecord) => boolean): CellRecord | undefined {
    const cells = [...this.#ledger.cells.values()].filter(meets).toReversed();
    return cells[which % cells.length];
  }

  #running(which: number): CellRecord | undefined {
    return this.#pick(which, ({ live, hasStarted }) => hasStarted && live !== undefined);
  }

  /** One that has a place and was not told that it runs. */
  #queued(which: number): CellRecord | undefined {
    return this.#pick(which, ({ live, hasStarted }) => !hasStarted && live !== undefined);
  }

  #start(cell: CellRecord | undefined): void {
    if (!cell) return;
    cell.hasStarted = true;
    cell.live?.started();
  }

  #put(cell: CellRecord | undefined, items: number): void {
    if (!cell) return;
    const texts = Array.from({ length: items }, () => String((this.#count += 1)));
    cell.emitted.push(...texts);
    cell.live?.put(...texts);
  }

  /** One notification too many ends its cell, and is not sent. */
  #notify(cell: FakeCell | undefined): void {
    if (!cell || cell.terminations > 0) return;
    const text = String((this.#count += 1));
    const { notifications } = this.#ledger;
    notifications.push(text);
    cell.notify(text);
    if (cell.terminations > 0) notifications.pop();
  }

  #write(cell: CellRecord | undefined, key: string): void {
    if (!cell) return;
    const value = `${cell.cellId} ${(this.#count += 1)}`;
    cell.writes[key] = value;
    cell.live?.write(key, value);
  }

  #answer(which: number, how: number): void {
    const { offered = [] } = this.#turn ?? {};
    const callId = offered.at(-1 - (which % offered.length));
    if (callId === undefined) return;
    this.#turn?.client.send(
      how === 0 ? { type: "tool_error", callId, message: "no" } : { type: "tool_result", callId },
    );
  }

  #end(cell: CellRecord | undefined, end: CellEnd): void {
    if (!cell?.live) return;
    const merged = { ...this.#values, ...cell.writes };
    cell.live.end(end);
    const after = this.#session.storedValues();
    if (Object.keys(cell.writes).length > 0) {
      cell.merged = JSON.stringify(after) === JSON.stringify(merged);
      expect(after, "V2: all writes are merged, or none").toEqual(cell.merged ? merged : this.#values);
    }
    this.#values = after;
  }

  #endAll(end: CellEnd): void {
    for (const cell of this.#ledger.cells.values()) this.#end(cell, end);
  }
}

/** How long a request waits, and whether it streams. */
function pace(how: number): { yieldMs: number | null; stream: boolean } {
  return { yieldMs: [0, 50, null, 50, null, 50][how]!, stream: how > 3 };
}

const other = (subprotocol: Subprotocol): Subprotocol =>
  subprotocol === "cellgate.v1.json" ? "cellgate.v1.msgpack" : "cellgate.v1.json";
