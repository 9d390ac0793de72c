import { defineConfig } from 'vitest/config';

/** Against real servers: `RATCHET_LIVE_NANOMDM=/path/to/nanomdm RATCHET_LIVE_MICROMDM=/path/to/micromdm npm run test:live`. Skipped where none is named. */
export default defineConfig({
  test: {
    include: ['test/live/**/*.test.ts'],
    reporters: ['verbose'],
    fileParallelism: false,
    testTimeout: 30_000,
    // Servers and databases start in hooks.
    hookTimeout: 60_000,
  },
});
