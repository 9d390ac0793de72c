import { expect, it } from 'vitest';
import type { Rollout } from '../../src/rollout/rollout.types.ts';
import { DAY_MS } from '../../src/time/local.ts';
import { createFleet, type FleetRing } from './harness.ts';
import { runFleet } from './run.ts';

/** A release that three of ten devices can't install: how far it gets. */

const CANARY = 8;
const slow = { afterHours: 0, soakHours: 24, successPercent: 90, atLatestHours: 60 * 24 };
const RINGS: FleetRing[] = [
  { name: 'canary', devices: CANARY, ...slow },
  { name: 'everyone', ...slow },
];

async function rollOut(halt: { failedPercent: number; of: number } | undefined) {
  const fleet = await createFleet({
    seed: 3,
    devices: 90,
    legacy: false,
    faults: {},
    newReleaseDays: 0,
    withdraws: 'never',
    storeErrorPerMille: 0,
    policy: { days: 2, at: '18:00', fallbackTimeZone: 'Europe/Berlin', ...(halt ? { rings: RINGS, halt } : {}) },
    world: { failingPercent: 30 },
  });
  const rollouts = new Map<string, Rollout>();
  /** Devices that were handed each version. */
  const touched = new Map<string, Set<string>>();
  fleet.notes.add({
    onRolloutsSaved: (saved) => {
      for (const rollout of saved) rollouts.set(rollout.version, rollout);
    },
  });
  fleet.world.onEvent((event) => {
    const version = event.kind === 'dm' ? event.enforcement?.targetOSVersion : undefined;
    if (version !== undefined) touched.set(version, (touched.get(version) ?? new Set()).add(event.device));
  });
  await runFleet(fleet, { isAttended: false, until: fleet.startedAt + 12 * DAY_MS });
  await fleet.close();
  return { rollouts, touched };
}

it('stops in the canary, with nobody but the canary touched', { timeout: 120_000 }, async () => {
  const { rollouts, touched } = await rollOut({ failedPercent: 10, of: 4 });
  const halted = [...rollouts.values()].filter(({ state, openings }) => state === 'halted' && openings.length === 1);
  // Others are held up there by the numbers, or were too small to show it.
  expect(halted.map(({ version }) => version)).toContain('26.6.1');
  for (const { version, chosen } of halted) {
    expect([...(touched.get(version) ?? [])].filter((id) => !chosen.canary?.includes(id))).toEqual([]);
  }
  // The control: without rings it goes to everyone.
  const control = await rollOut(undefined);
  expect(control.touched.get('26.6.1')?.size ?? 0).toBeGreaterThan(2 * (touched.get('26.6.1')?.size ?? 0));
});
