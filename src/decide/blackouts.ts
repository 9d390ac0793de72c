import { blackoutAt, blackoutsFor } from '../policy/calendar.ts';
import type { PolicySet } from '../policy/policy.types.ts';
import { nextOpeningAt, type Opening, openingAt, windowsOf } from '../policy/windows.ts';
import { DAY_MS, earliestInstantOf, type Instant, type LocalDateTime, latestInstantOf } from '../time/local.ts';
import { momentsOf } from './device-clock.ts';
import type { Situation } from './situation.types.ts';

/** Blackouts on the clock of one device (rule 16). Where its zone is not known, from when one may begin to when it has ended everywhere. */

const LEAD_MS = DAY_MS;
/** Openings of windows looked through for one that no blackout covers. */
const OPENINGS_MAX = 400;

type OnClock = Pick<Situation, 'now' | 'policy' | 'zone' | 'zoneAssumed'> & { input: { policies: PolicySet } };

export interface BlackoutSpan {
  name?: string;
  /** Overdue dates are taken back from here on. */
  leadsAt: Instant;
  beginsAt: Instant;
  endsAt: Instant;
  /** When it ends on the device's own clock, whatever its zone. */
  until: LocalDateTime;
}

function spansOf({ input, policy, ...clock }: OnClock): BlackoutSpan[] {
  const { blackoutLeadMs = LEAD_MS } = input.policies;
  return blackoutsFor(input.policies, policy).map(({ name, from, until }) => {
    const beginsAt = momentsOf(from, clock).earliestAt;
    return {
      ...(name === undefined ? {} : { name }),
      leadsAt: beginsAt - blackoutLeadMs,
      beginsAt,
      endsAt: momentsOf(until, clock).latestAt,
      until,
    };
  });
}

/** The blackout that is on or near: no date may come before its end. Of several the one that ends last. */
export function blackoutAhead(situation: OnClock): BlackoutSpan | undefined {
  const { now } = situation;
  const ahead = spansOf(situation).filter(({ leadsAt, endsAt }) => leadsAt <= now && now < endsAt);
  return ahead.reduce<BlackoutSpan | undefined>((last, span) => (last && last.endsAt >= span.endsAt ? last : span), undefined);
}

/**
 * The blackout that a device which holds this date may install in: one is on or near, and the date lies in a blackout or
 * has passed. One that is to come before it begins does no harm, until it has passed.
 */
export function blackoutHeldInto(situation: OnClock, holds: LocalDateTime): BlackoutSpan | undefined {
  const ahead = blackoutAhead(situation);
  if (ahead === undefined) return undefined;
  if (holds >= ahead.until) return undefined;
  const { earliestAt } = momentsOf(holds, situation);
  const isInside = blackoutAt(holds, blackoutsFor(situation.input.policies, situation.policy)) !== undefined;
  return isInside || situation.now >= earliestAt ? ahead : undefined;
}

/** Somewhere on earth a blackout of any policy is on, or its lead has begun. */
export function isBlackoutNear(policies: PolicySet, now: Instant): boolean {
  const { blackoutLeadMs = LEAD_MS } = policies;
  const all = [...blackoutsFor(policies, undefined), ...policies.policies.flatMap(({ blackouts = [] }) => blackouts)];
  return all.some(({ from, until }) => earliestInstantOf(from) - blackoutLeadMs <= now && now < latestInstantOf(until));
}

/** When a blackout, or the time before it, next begins or ends. */
export function nextBlackoutChange(situation: OnClock): Instant | undefined {
  const changes = spansOf(situation).flatMap(({ leadsAt, beginsAt, endsAt }) => [leadsAt, beginsAt, endsAt]);
  const later = changes.filter((at) => at > situation.now);
  return later.length === 0 ? undefined : Math.min(...later);
}

/** The opening of a window `now` lies in, to the beginning of the next blackout; none during one. */
export function openingNow(situation: OnClock): Opening | undefined {
  const { policy, now, zone } = situation;
  const opening = policy && openingAt(windowsOf(policy), now, zone);
  if (opening === undefined) return undefined;
  const spans = spansOf(situation);
  if (spans.some(({ beginsAt, endsAt }) => beginsAt <= now && now < endsAt)) return undefined;
  const begins = spans.filter(({ beginsAt }) => beginsAt > now).map(({ beginsAt }) => beginsAt);
  return { ...opening, closesAt: Math.min(opening.closesAt, ...begins) };
}

/** When install commands may next be sent, after `now`: the next opening of a window, or the end of a blackout within one. */
export function nextOpening(situation: OnClock): Instant | undefined {
  const { policy, now, zone } = situation;
  if (policy === undefined) return undefined;
  const spans = spansOf(situation);
  const windows = windowsOf(policy);
  for (let at = now, count = 0; count < OPENINGS_MAX; count += 1) {
    const next = nextOpeningAt(windows, at, zone);
    const covering = spans.filter(({ beginsAt, endsAt }) => beginsAt <= (next ?? at) && (next ?? at) < endsAt);
    if (next !== undefined && covering.length === 0) return next;
    const endsAt = Math.max(...covering.map((span) => span.endsAt));
    if (!Number.isFinite(endsAt)) return undefined;
    if (openingAt(windows, endsAt, zone) !== undefined && !spans.some(({ beginsAt, endsAt: end }) => beginsAt <= endsAt && endsAt < end))
      return endsAt;
    at = endsAt;
  }
  return undefined;
}
