import { expect } from 'vitest';
import { NO_FAULTS } from '../../src/sim/no-faults.ts';
import { DAY_MS } from '../../src/time/local.ts';
import { createFleet, type FleetOptions } from './harness.ts';
import type { NeighbourSpec } from './neighbour.ts';
import { runFleet } from './run.ts';
import { watch } from './watch.ts';

export interface BesideNeighbour extends Pick<FleetOptions, 'seed' | 'devices' | 'server'> {
  neighbour: Omit<NeighbourSpec, 'changes'>;
}

/** Sixteen days beside another declaration server without other mishaps, in which a person changes what that has. */
export async function expectArrivalBeside({ neighbour: beside, ...options }: BesideNeighbour): Promise<void> {
  const fleet = await createFleet({
    ...{ legacy: false, faults: NO_FAULTS, storeErrorPerMille: 0, newReleaseDays: 0 },
    ...options,
    neighbour: {
      ...beside,
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
}
