import type { Rollout } from '../../../src/rollout/rollout.types.ts';
import { HOUR_MS } from '../../../src/time/local.ts';
import { hastened } from '../checkers/hastened.ts';
import { notice } from '../checkers/notice.ts';
import { rings } from '../checkers/rings.ts';
import type { FleetParts, FleetPolicy } from '../harness.ts';
import type { Control } from './control.types.ts';

const slow = { afterHours: 0, soakHours: 48, successPercent: 100, atLatestHours: 240 };
const IN_RINGS: FleetPolicy = {
  days: 5,
  at: '18:00',
  fallbackTimeZone: 'Europe/Berlin',
  rings: [
    { name: 'canary', percent: 20, ...slow },
    { name: 'everyone', ...slow },
  ],
};

/** A release that a person wants sooner. */
export const EXPEDITE_CONTROLS: readonly Control[] = [
  {
    checker: notice,
    title: 'does not hear that an expedite is taken back',
    expedite: { afterHours: 30, inHours: 14, undoAfterHours: 1 },
    breakRule(parts) {
      const expedites = new Map<string, NonNullable<Rollout['expedite']>>();
      alterRollouts(parts, (rollout) => {
        const known = expedites.get(rollout.release);
        if (rollout.expedite) expedites.set(rollout.release, rollout.expedite);
        else if (known) rollout.expedite = known;
      });
    },
  },
  {
    checker: hastened,
    title: 'expedites a release by a day more than it was told to',
    expedite: { afterHours: 30, inHours: 72 },
    breakRule(parts) {
      alterRollouts(parts, ({ expedite }) => {
        if (expedite) expedite.due = new Date(Date.parse(`${expedite.due}Z`) - 24 * HOUR_MS).toISOString().slice(0, 19);
      });
    },
  },
  {
    checker: rings,
    title: 'opens all rings when one is expedited',
    policy: IN_RINGS,
    expedite: { afterHours: 30, inHours: 72, isFirstRingOnly: true },
    breakRule(parts) {
      alterRollouts(parts, ({ expedite }) => {
        delete expedite?.rings;
      });
    },
  },
];

/** Changes rollouts in place, once they are stored and before they are in force. */
function alterRollouts({ store }: FleetParts, alter: (rollout: Rollout) => void): void {
  const { saveRollouts } = store;
  store.saveRollouts = async (rollouts, audit) => {
    const revision = await saveRollouts(rollouts, audit);
    for (const rollout of rollouts) alter(rollout);
    return revision;
  };
}
