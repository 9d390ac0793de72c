import { known, observedWhen } from '../enrollment/state.ts';
import { DAY_MS, type Instant, MINUTE_MS } from '../time/local.ts';
import type { Objection } from './check.types.ts';
import type { DecideInput } from './input.ts';
import type { Enforcement, Manifest } from './manifest.ts';
import { isSeen } from './progress.ts';
import type { Situation } from './situation.types.ts';

/**
 * Rule 32: where another server answers devices in our place, nothing is refused at the last moment. So a date is placed
 * only for a device that is there, and is placed anew before it loses its notice.
 */

/** Rule 14: who was not heard from for this long is handed no date. */
const HANDED_WITHIN_MS = DAY_MS;

/** So much earlier a date that nobody fetched is taken for one that lost its notice: placing another takes a moment. */
const PLACING_ALLOWANCE_MS = 30 * MINUTE_MS;

/** What a date needs beside its notice to stay in place while it is not fetched. */
export function placingAllowance({ placing }: Pick<DecideInput, 'placing'>): number {
  return placing === undefined ? 0 : PLACING_ALLOWANCE_MS;
}

/** Until when it counts as being there; undefined where we answer ourselves. */
export function handedUntil({ input, enrollment }: Pick<Situation, 'input' | 'enrollment'>): Instant | undefined {
  return input.placing === undefined ? undefined : enrollment.lastSeenAt + HANDED_WITHIN_MS;
}

export function isThere(situation: Situation): Objection | undefined {
  const until = handedUntil(situation);
  if (until === undefined || situation.channel !== 'declarations' || situation.now < until) return undefined;
  const unseen = isSeen(situation);
  if (unseen) return { ...unseen, effect: 'keep' };
  return { reason: 'awaiting-contact', effect: 'keep', evidence: { lastSeenAt: situation.enrollment.lastSeenAt } };
}

/** What it is to hold is where it fetches it: only then it may be told to. */
export function isPlaced({ placing, placement }: Pick<DecideInput, 'placing' | 'placement'>, { token }: Manifest): boolean {
  return placing === undefined || placement?.token === token;
}

/** Of `placing`: it has not got what is in place now; what it got before that may have been something else. */
export function hasOtherThanPlaced({ input, enrollment }: Situation, { token }: Manifest): boolean {
  const { placement } = input;
  if (placement?.token !== token) return false;
  return known(enrollment, 'itemsAnswered') !== token || observedWhen(enrollment, 'itemsAnswered') < placement.at;
}

/** The last it got is this. Where another server answers, since this is in place there. */
export function hasGot(situation: Situation, manifest: Manifest): boolean {
  if (situation.input.placing) return isPlaced(situation.input, manifest) && !hasOtherThanPlaced(situation, manifest);
  return known(situation.enrollment, 'itemsAnswered') === manifest.token;
}

/** Where another server answers in our place: that has this date, or was last told of it, and nobody knows with what success. */
export function isFetchable({ placing, placement, manifest }: DecideInput, { identifier }: Enforcement): boolean {
  if (placing === undefined || placement === undefined) return false;
  const isUnderWay = placement.token === undefined && manifest?.enforcement?.identifier === identifier;
  return isUnderWay || placement.enforcement === identifier;
}
