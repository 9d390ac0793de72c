import { describe, expect, it } from 'vitest';
import { createFleet } from './harness.ts';
import { runFleet } from './run.ts';
import { watch } from './watch.ts';

/** The whole app over small simulated worlds, faults on, every checker watching. More seeds: npm run sim. */
async function run(seed: string | number, devices: number) {
  const fleet = await createFleet({ seed, devices });
  const watched = watch(fleet);
  const standings = await runFleet(fleet, { watch: watched });
  const trace = fleet.world.traceSha256();
  await fleet.close();
  return { standings, violations: watched.violations.map(({ promise, device, what }) => ({ promise, device, what })), trace };
}

describe('a fleet with faults on', () => {
  it.each([1, 3])(
    'seed %i: everyone ends where the world expected, no promise is broken',
    async (seed) => {
      const { standings, violations } = await run(seed, 16);
      expect(violations).toEqual([]);
      expect(standings.wrong).toEqual([]);
      expect(standings.verified).toBe(standings.eligible);
      expect(standings.eligible).toBeGreaterThanOrEqual(10);
    },
    240_000,
  );

  it('runs the same way for the same seed, and another way for another', async () => {
    const [one, same, other] = [await run('a', 6), await run('a', 6), await run('b', 6)];
    expect(same.trace).toBe(one.trace);
    expect(other.trace).not.toBe(one.trace);
  }, 240_000);
});
