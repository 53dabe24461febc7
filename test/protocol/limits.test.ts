import { describe, expect, test } from "vitest";
import { announced, defaultLimits, type LimitName, limitTable } from "../../src/protocol/limits.ts";

const KiB = 1_024;
const MiB = 1_024 * KiB;

describe("the defaults are those of the specification", () => {
  const specified: [LimitName, number][] = [
    ["frameBytes", 4 * MiB],
    ["frameDepth", 160],
    ["frameNodes", 100_000],
    ["valueDepth", 128],
    ["connections", 10_000],
    ["requestMs", 10_000],
    ["helloMs", 10_000],
    ["heartbeatMs", 25_000],
    ["pongMs", 10_000],
    ["frameMs", 30_000],
    ["fragments", 256],
    ["sourceBytes", MiB],
    ["cellsPerSession", 128],
    ["cells", 2_000],
    ["queuedCells", 1_000],
    ["heapBytes", 64 * MiB],
    ["maxCpuMs", 60_000],
    ["maxWallMs", 3_600_000],
    ["yieldMs", 10_000],
    ["yieldFloorMs", 10],
    ["yieldCeilingMs", 300_000],
    ["unreadBytes", 16 * MiB],
    ["unreadBytesPerSession", 64 * MiB],
    ["heldBackBytes", MiB],
    ["replayBytes", 16 * MiB],
    ["replayFrames", 10_000],
    ["replayBytesTotal", 512 * MiB],
    ["stalledMs", 10_000],
    ["outcomesPerSession", 64],
    ["outcomeTtlMs", 900_000],
    ["closedCells", 1_024],
    ["sessionTtlMs", 900_000],
    ["sessions", 1_000],
    ["sessionsPerPrincipal", 1_000],
    ["socketsPerPrincipal", 1_000],
    ["callsPerCell", 1_024],
    ["callsPerSession", 4_096],
    ["callBytesPerSession", 64 * MiB],
    ["timersPerCell", 256],
    ["notifyBytes", MiB],
    ["notificationsPerSession", 10_000],
    ["notificationBytesPerSession", 16 * MiB],
    ["storedEntries", 1_024],
    ["storedValueBytes", MiB],
    ["storedBytes", 3 * MiB],
    ["drainMs", 25_000],
  ];
  test.each(specified)("%s: %d", (name, value) => {
    expect(defaultLimits[name]).toBe(value);
  });
});

test.each(Object.entries(limitTable))("%s says what it counts in its name, its unit and its meaning", (name, row) => {
  const { unit, value, meaning } = row;
  expect(name.endsWith("Ms")).toBe(unit === "ms");
  expect(/bytes($|Per|Total)/i.test(name)).toBe(unit === "bytes");
  expect(name.endsWith("Depth")).toBe(unit === "levels");
  expect(Number.isSafeInteger(value) && value > 0).toBe(true);
  expect(meaning).toMatch(/^[a-z`].*[^.]$/);
});

test("a client is told the limits in force that it must know, and no others", () => {
  const told = announced({ ...defaultLimits, frameBytes: 1 });
  expect(told.frameBytes).toBe(1);
  const names = Object.keys(limitTable).filter((name) => limitTable[name as LimitName].announced);
  expect(Object.keys(told)).toEqual(names);
  expect(told).not.toHaveProperty("badFrames");
  expect(told).not.toHaveProperty("sessions");
});

describe("limits fit one another", () => {
  test("a value at its own depth fits in any frame, and a source in a frame", () => {
    // A value stands at most four levels down: `hello.tools[0].inputSchema.property`.
    expect(defaultLimits.valueDepth + 4).toBeLessThanOrEqual(defaultLimits.frameDepth);
    expect(defaultLimits.sourceBytes).toBeLessThan(defaultLimits.frameBytes);
  });

  test("all stored values fit in one frame", () => {
    expect(defaultLimits.storedNodes + defaultLimits.storedEntries).toBeLessThan(defaultLimits.frameNodes);
    expect(defaultLimits.storedBytes).toBeLessThan(defaultLimits.frameBytes);
  });
});
