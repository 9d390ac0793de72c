import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/live/**'],
    // Processes, not threads: better-sqlite3 is a native module, and some tests start workers of their own.
    pool: 'forks',
    // One more than cores: tests of processes and of the browser wait for these, and a core stood idle a quarter of the time.
    maxWorkers: availableParallelism() + 1,
    // A failing fast-check property shrinks for a while.
    testTimeout: 60_000,
  },
});
