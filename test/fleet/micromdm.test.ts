import { describe, expect, it } from 'vitest';
import { createFleet } from './harness.ts';
import { runFleet } from './run.ts';
import { watch } from './watch.ts';

/** The fleet behind a MicroMDM: no tally, no ids, a queue that is told of late and that duplicates corrupt. */
describe('a fleet behind MicroMDM with faults on', () => {
  it.each([1, 2])(
    'seed %i: everyone ends where the world expected, no promise is broken',
    async (seed) => {
      const fleet = await createFleet({ seed, devices: 16, server: 'micromdm' });
      const watched = watch(fleet);
      const standings = await runFleet(fleet, { watch: watched });
      await fleet.close();
      expect(watched.violations.map(({ promise, device, what }) => ({ promise, device, what }))).toEqual([]);
      expect(standings.wrong).toEqual([]);
      expect(standings.verified).toBe(standings.eligible);
      expect(standings.eligible).toBeGreaterThanOrEqual(10);
    },
    240_000,
  );
});
