import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes minutes, the longest first; begun last, one of it runs on alone while the other cores have nothing left. */
const LONG = ['fleet/controls', 'browser/pages', 'e2e/', 'web/no-5xx', 'fleet/', 'delivery/no-second-install', 'crash/', 'browser/'];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) => {
      const index = LONG.findIndex((name) => moduleId.includes(`/test/${name}`));
      return index < 0 ? LONG.length : index;
    };
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/live/**'],
    // Processes, not threads: better-sqlite3 is a native module, and some tests start workers of their own.
    pool: 'forks',
    // One more than cores: tests of processes and of the browser wait for these, and a core stood idle a quarter of the time.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
    // A failing fast-check property shrinks for a while.
    testTimeout: 60_000,
  },
});
