import { deadlines } from '../checkers/deadlines.ts';
import { limits } from '../checkers/limits.ts';
import { DEMO_POLICY } from '../harness.ts';
import type { Control } from './control.types.ts';

/** So many devices on a day. */
export const LIMIT_CONTROLS: readonly Control[] = [
  {
    checker: limits,
    title: 'hands out to twice as many new devices a day as it may',
    policy: { ...DEMO_POLICY, limits: { newPerDay: 4 } },
    breakRule({ policies }) {
      policies.limits = { newPerDay: 8 };
    },
  },
  {
    checker: limits,
    title: 'has one more date on a day than it may',
    policy: { ...DEMO_POLICY, limits: { restartsPerDate: 4 } },
    breakRule({ policies }) {
      policies.limits = { restartsPerDate: 5 };
    },
  },
  {
    checker: deadlines,
    title: 'takes days for full that are not, when dates are given anew',
    policy: { ...DEMO_POLICY, limits: { restartsPerDate: 20 } },
    stop: { afterHours: 60, forHours: 6 },
    breakRule({ policies }) {
      policies.limits = { restartsPerDate: 1 };
    },
  },
];
