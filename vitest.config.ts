import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/live/**'],
    // Processes, not threads: better-sqlite3 is a native module, and some tests start workers of their own.
    pool: 'forks',
    // One for each core; by default one is left idle, which is half of two.
    maxWorkers: '100%',
    // A failing fast-check property shrinks for a while.
    testTimeout: 60_000,
  },
});
