import { expect, it } from 'vitest';
import { NO_FAULTS } from '../../src/sim/no-faults.ts';
import { DAY_MS } from '../../src/time/local.ts';
import { createFleet } from './harness.ts';
import { runFleet } from './run.ts';
import { watch } from './watch.ts';

/** Our declarations are kept in KMFDDM, which answers devices (rule 32), without other mishaps; the drawn runs have all of them. */
it.each(['nanomdm', 'nanohub'] as const)(
  'beside %s devices arrive by what is kept in KMFDDM, whose own declarations stay',
  async (server) => {
    const fleet = await createFleet({
      ...{ seed: 'kmfddm', server, devices: 8, legacy: false, faults: NO_FAULTS, storeErrorPerMille: 0, newReleaseDays: 0 },
      neighbour: {
        wiring: 'kmfddm',
        downs: [
          { afterHours: 31, forHours: 2 },
          { afterHours: 96, forHours: 20 },
        ],
        losses: [],
        changes: [
          { afterHours: 72, act: 'add', name: 'vpn' },
          { afterHours: 240, act: 'change', name: 'wifi' },
          { afterHours: 250, act: 'remove', name: 'mail' },
          { afterHours: 252, act: 'empty', device: 3 },
        ],
      },
    });
    const watched = watch(fleet);
    const standings = await runFleet(fleet, { watch: watched, until: fleet.startedAt + 16 * DAY_MS });
    const { neighbour, world } = fleet;
    const held = world.devices
      .filter(({ isEnrolled }) => isEnrolled)
      .map(({ ddm }) => [...ddm.declarations.keys()].filter((id) => id.startsWith('com.')));
    await fleet.close();
    expect(watched.violations).toEqual([]);
    expect(standings.verified).toBe(standings.eligible);
    expect(standings.eligible).toBeGreaterThan(2);
    expect(held.filter((ids) => ids.length > 0).length).toBeGreaterThan(2);
    expect(neighbour?.kmfddm.store.enrollmentsThatReported().length).toBeGreaterThan(2);
  },
  180_000,
);
