import { DAY_MS } from '../../time/local.ts';

/** Further ahead nothing that is known today means anything. */
const AHEAD_MAX_MS = 366 * DAY_MS;

/** Why a plan can't be made for that time (epoch ms); undefined when it can. */
export function planTimeProblem(at: number, now: number): string | undefined {
  if (at < now) return 'A plan is for now or a later time; that time has passed.';
  if (at > now + AHEAD_MAX_MS) return 'A plan looks at most 366 days ahead.';
  return undefined;
}
