import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Forks, because only a process can be given the flag that isolated-vm needs; a worker thread refuses it.
    pool: "forks",
    execArgv: ["--no-node-snapshot", "--no-turboshaft-loop-unrolling"],
    // Long enough for real processes on a busy machine; a test that waits for events and not for time never gets near it.
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
