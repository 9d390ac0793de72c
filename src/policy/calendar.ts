import { daysAfter, type LocalDateTime, weekdayOf } from '../time/local.ts';
import { type Blackout, type Policy, type PolicySet, WEEKDAYS, type Weekday } from './policy.types.ts';

/** Days on which dates may fall, on the device's own clock. */
export interface Calendar {
  /** Absent: every day. */
  weekdays?: readonly Weekday[] | undefined;
  blackouts: readonly Blackout[];
}

/** Those of a policy and those for all. */
export function blackoutsFor({ blackouts = [] }: PolicySet, policy: Policy | undefined): readonly Blackout[] {
  return policy?.blackouts === undefined ? blackouts : [...blackouts, ...policy.blackouts];
}

/** `local` itself when a date may fall on it; else the first day after it on which `at` ("18:00") may. */
export function firstFree(local: LocalDateTime, at: string, { weekdays, blackouts }: Calendar): LocalDateTime {
  let free = local;
  // Each step leaves a weekday or a blackout behind, so it ends.
  for (;;) {
    const blackout = blackoutAt(free, blackouts);
    if (blackout !== undefined) {
      const sameDay = daysAfter(blackout.until, 0, at);
      free = sameDay >= blackout.until ? sameDay : daysAfter(blackout.until, 1, at);
    } else if (weekdays !== undefined && !weekdays.includes(WEEKDAYS[weekdayOf(free) - 1] as Weekday)) free = daysAfter(free, 1, at);
    else return free;
  }
}

/** The blackout that local time lies in; of several the one that ends last. */
export function blackoutAt(local: LocalDateTime, blackouts: readonly Blackout[]): Blackout | undefined {
  const inside = blackouts.filter(({ from, until }) => from <= local && local < until);
  return inside.reduce<Blackout | undefined>((last, blackout) => (last && last.until >= blackout.until ? last : blackout), undefined);
}
