import { asAsked } from '../checkers/as-asked.ts';
import { verified } from '../checkers/verified.ts';
import type { FleetPolicy } from '../harness.ts';
import type { Control } from './control.types.ts';

const AT_ONCE: FleetPolicy = { days: 2, at: '18:00', fallbackTimeZone: 'Europe/Berlin' };

/** Targets other than the newest release. */
export const TARGET_CONTROLS: readonly Control[] = [
  {
    checker: asAsked,
    title: 'takes n-1 for the newest',
    policy: { ...AT_ONCE, target: 'n-1' },
    breakRule({ policies }) {
      for (const policy of policies.policies) policy.target = { kind: 'latest' };
    },
  },
  {
    checker: asAsked,
    title: 'does not know of caps',
    policy: { ...AT_ONCE, cap: '26' },
    breakRule({ policies }) {
      for (const policy of policies.policies) delete policy.cap;
    },
  },
  {
    checker: verified,
    title: 'counts one release too many for n-1',
    policy: { ...AT_ONCE, target: 'n-1' },
    breakRule({ policies }) {
      for (const policy of policies.policies) policy.target = { kind: 'behind', by: 2 };
    },
  },
];
