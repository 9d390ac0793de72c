import { rings } from '../checkers/rings.ts';
import type { FleetPolicy } from '../harness.ts';
import type { Control } from './control.types.ts';

const slow = { afterHours: 0, soakHours: 24, successPercent: 90, atLatestHours: 96 };
const IN_RINGS: FleetPolicy = {
  days: 2,
  at: '18:00',
  fallbackTimeZone: 'Europe/Berlin',
  rings: [
    { name: 'canary', devices: 2, ...slow },
    { name: 'everyone', ...slow },
  ],
  halt: { failedPercent: 1, of: 1 },
};

export const RING_CONTROLS: readonly Control[] = [
  {
    checker: rings,
    title: 'counts everyone as one of the canary',
    policy: IN_RINGS,
    breakRule({ policies }) {
      for (const policy of policies.policies) {
        const [canary, ...rest] = policy.rings ?? [];
        if (canary) policy.rings = [{ ...canary, who: { kind: 'percent', percent: 100 } }, ...rest];
      }
    },
  },
  {
    checker: rings,
    title: 'notes that a rollout is halted, and goes on',
    policy: {
      ...IN_RINGS,
      rings: [
        { name: 'canary', devices: 20, ...slow },
        { name: 'everyone', ...slow },
      ],
    },
    breakRule({ store }) {
      const { saveRollouts } = store;
      store.saveRollouts = async (rollouts, audit) => {
        const revision = await saveRollouts(rollouts, audit);
        for (const rollout of rollouts) if (rollout.state === 'halted') rollout.state = 'running';
        return revision;
      };
    },
  },
];
