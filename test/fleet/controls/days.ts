import { blackouts } from '../checkers/blackouts.ts';
import type { Control } from './control.types.ts';

/** The world begins on a Monday: what is due on the Wednesday has passed when a blackout begins on the Thursday. */
const EXAMS = {
  days: 2,
  at: '18:00',
  fallbackTimeZone: 'Europe/Berlin',
  blackouts: [{ from: '2026-09-17T12:00:00', until: '2026-09-20T00:00:00' }],
};

/** Days on which nothing may fall. */
export const DAY_CONTROLS: readonly Control[] = [
  {
    checker: blackouts,
    title: 'does not know of blackouts',
    policy: { ...EXAMS, days: 4 },
    breakRule({ policies }) {
      delete policies.blackouts;
    },
  },
  {
    checker: blackouts,
    title: 'leaves a date that has passed where it is until the blackout begins',
    policy: EXAMS,
    breakRule({ policies }) {
      policies.blackoutLeadMs = 0;
    },
  },
  {
    checker: blackouts,
    title: 'lets dates fall on any day',
    policy: { days: 2, at: '18:00', fallbackTimeZone: 'Europe/Berlin', weekdays: ['mon'] },
    breakRule({ policies }) {
      for (const { due } of policies.policies) if (due.kind === 'days') delete due.weekdays;
    },
  },
];
