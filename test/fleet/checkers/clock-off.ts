import type { Fleet } from '../harness.ts';

/** A clock off by less is not doubted (rule 4): then hours are kept that much less well. */
const CLOCK_OFF_MS = 10 * 60_000;

/** By how much the app's clock was ahead, and behind, undoubted, from `since` to `until`; ends suffice where that is short. */
export function clockOff({ skewMsAt }: Pick<Fleet, 'skewMsAt'>, since: number, until: number): [aheadMs: number, behindMs: number] {
  const off = [since, until].map(skewMsAt).filter((skewMs) => Math.abs(skewMs) <= CLOCK_OFF_MS);
  return [Math.max(0, ...off), Math.max(0, ...off.map((skewMs) => -skewMs))];
}
