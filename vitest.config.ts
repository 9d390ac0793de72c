import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes minutes, the longest first; begun last, one of it runs on alone while the other cores have nothing left. */
const LONG = ['fleet/controls', 'browser/pages', 'e2e/', 'web/no-5xx', 'fleet/', 'delivery/no-second-install', 'crash/', 'browser/'];

/**
 * Whole systems: processes, files, a browser, worlds of their own. Each file of them has a process to itself; all others share
 * one for as long as they find nothing in it but modules, which to load anew is a third of what they take.
 */
const SYSTEMS = ['browser', 'cli', 'crash', 'doctor', 'e2e', 'fleet', 'gate', 'process', 'runtime', 'sim', 'store'];
const systems = SYSTEMS.map((folder) => `test/${folder}/**/*.test.ts`);

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
    // Processes, not threads: better-sqlite3 is a native module, and some tests start workers of their own.
    pool: 'forks',
    // One more than cores: tests of processes and of the browser wait for these, and a core stood idle a quarter of the time.
    maxWorkers: availableParallelism() + 1,
    sequence: { sequencer: LongestFirst },
    // A failing fast-check property shrinks for a while.
    testTimeout: 60_000,
    projects: [
      { extends: true, test: { name: 'systems', include: systems } },
      { extends: true, test: { name: 'rooms', include: ['test/**/*.test.ts'], exclude: [...systems, 'test/live/**'], isolate: false } },
    ],
  },
});
