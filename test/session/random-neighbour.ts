import { expect } from "vitest";
import type { CellStatus } from "../../src/protocol/values.ts";
import type { Session } from "../../src/session/session.ts";
import type { FakeCell } from "../support/fake-executor.ts";
import type { MemoryClient, MemoryGateway } from "../gateway/memory-gateway.ts";

/** Another session on the same gateway: it takes places and stands in the queue. Sees to it that both get their share. */
export class RandomNeighbour {
  readonly #gateway: MemoryGateway;
  readonly #client: MemoryClient;
  readonly #sessions: readonly Session[];
  #requests = 0;
  /** For each cell that waits: how many may have had a place before it gets one. */
  readonly #turns = new Map<string, number>();

  /** `session` is the one that it is the neighbour of. */
  constructor(gateway: MemoryGateway, session: Session) {
    this.#gateway = gateway;
    this.#client = gateway.greeted();
    const { sessionId, sessionToken } = this.#client.welcome;
    this.#sessions = [session, gateway.sessions.find(sessionId, sessionToken, gateway.principal) as Session];
  }

  execute(): void {
    this.#client.send({ type: "execute", id: (this.#requests += 1), source: "code", yieldMs: null });
  }

  terminate(which: number): void {
    const cells = this.#sessions[1]!.listCells();
    const cell = cells[which % cells.length];
    if (cell) this.#client.send({ type: "terminate", id: (this.#requests += 1), cellId: cell.cellId });
  }

  end(which: number): void {
    const cells = this.#running.filter(({ start }) => start.sessionId === this.#sessions[1]!.sessionId);
    cells[which % cells.length]?.end();
  }

  /** Rule B3: as many cells run as may, or nobody waits; and sessions take turns, so that nobody waits for ever. */
  check(): void {
    const { cells, queuedCells } = this.#gateway.limits;
    const lines = this.#sessions.map((session) => session.listCells().filter((cell) => this.#waits(cell)));
    const waiting = lines.flat().length;
    const running = this.#running.length;
    expect(waiting, "B3: the queue is bounded").toBeLessThanOrEqual(queuedCells);
    expect(running, "B3: cells that run").toBeLessThanOrEqual(cells);
    if (waiting > 0) expect(running, "B3: no place is free while somebody waits").toBe(cells);
    for (const line of lines) for (const [ahead, { cellId }] of line.entries()) this.#checkTurn(cellId, ahead);
  }

  /** Everything that it asked for was answered. */
  conclude(): void {
    const answered = this.#client.channel.sent.flatMap((frame) =>
      "id" in frame && frame.type !== "started" ? [frame.id] : [],
    );
    const asked = Array.from({ length: this.#requests }, (_, index) => index + 1);
    expect(
      answered.toSorted((left, right) => left! - right!),
      "every request was answered once",
    ).toEqual(asked);
  }

  #checkTurn(cellId: string, ahead: number): void {
    const { length: begun } = this.#gateway.executor.cells;
    const turn = this.#turns.get(cellId) ?? begun + ahead * this.#sessions.length + this.#sessions.length - 1;
    this.#turns.set(cellId, turn);
    if (begun > turn) expect.fail("B3: nobody waits for longer than its turn");
  }

  #waits({ cellId, state }: CellStatus): boolean {
    return state === "queued" && this.#gateway.executor.cells.every((cell) => cell.cellId !== cellId);
  }

  get #running(): FakeCell[] {
    return this.#gateway.executor.cells.filter(({ hasEnded }) => !hasEnded);
  }
}
