import { limitsFor } from '../policy/limits.ts';
import type { Limits } from '../policy/policy.types.ts';
import { slotOf } from '../policy/rings.ts';
import { daysAfter, HOUR_MS, type Instant, instantOf, type LocalDateTime, localOf } from '../time/local.ts';
import type { Objection } from './check.types.ts';
import type { DecideInput, Memory } from './input.ts';
import type { Counted, Day, Load } from './load.types.ts';
import { expediteFor } from './rings.ts';
import type { Situation } from './situation.types.ts';

/** Limits that hold for all devices together (rule 22), as one decision sees them. */

/** In the first hour of a day the devices that wait are decided in the order of their hash: each knows its place. */
const SPREAD_MS = HOUR_MS;

interface InForce {
  load: Load;
  limits: Required<Limits>;
}

function limitsIn({ load, policies }: DecideInput): InForce | undefined {
  if (load === undefined || policies.limits === undefined) return undefined;
  return { load, limits: limitsFor(policies.limits, load.fleet()) };
}

/** It was handed an update in this enrollment and has not got there since: whatever it is handed next is nothing new. */
export function turnOf({ enrollment, mode, input }: Pick<Situation, 'enrollment' | 'mode' | 'input'>): Memory['turn'] {
  const { turn } = input.memory;
  if (mode !== 'enforce' || turn === undefined || turn.since < enrollment.generation) return undefined;
  // It got there: on that day it counts already, on another it is new again.
  if (turn.isOver) return turn.day === dayOf(input) ? { since: turn.since, day: turn.day } : undefined;
  return turn;
}

/** What it keeps of its turn with this decision. Whatever became of it, it counts for its day to the end of that. */
export function nextTurn(situation: Situation, isHandedOut: boolean): Memory['turn'] {
  const { turn } = situation.input.memory;
  const ofToday = turn?.day === dayOf(situation.input) ? { ...turn, isOver: true as const } : undefined;
  if (situation.target.kind === 'reached') return ofToday;
  return turnOf(situation) ?? (isHandedOut ? { since: situation.now, day: dayOf(situation.input) } : ofToday);
}

/** So many a day are newly handed an update. Who expedited a release was told by the guard how many that touches. */
export function hasItsTurn(situation: Situation): Objection | undefined {
  const { input, target, held } = situation;
  const inForce = limitsIn(input);
  if (inForce === undefined || target.kind !== 'release' || held !== undefined || turnOf(situation) !== undefined) return undefined;
  if (expediteFor(situation, target.offer.release) !== undefined) return undefined;
  const { newPerDay } = inForce.limits;
  const day = dayOf(input);
  if (inForce.load.newOn(day) < newPerDay) return undefined;
  return { reason: 'daily-limit', effect: 'keep', evidence: { newPerDay, day } };
}

/** When a device that waits for its turn is looked at again: early on the next day, each at its place. */
export function nextTurnAt({ input, policy, enrollment }: Situation): Instant {
  const next = instantOf(daysAfter(dayOf(input), 1, '00:00'), input.policies.timeZone);
  return next + Math.floor((slotOf(policy?.name ?? '', enrollment.id) / 100) * SPREAD_MS);
}

/** Why no further device may have its date on the day of `local`: undefined when it may, or this one has its date there. */
export function fullBy({ input, mode, enrollment, held }: Situation, local: LocalDateTime): string | undefined {
  const inForce = mode === 'enforce' ? limitsIn(input) : undefined;
  if (inForce === undefined) return undefined;
  const { load, limits } = inForce;
  const day = local.slice(0, 10);
  if (held?.local.slice(0, 10) === day) return undefined;
  if (load.restartsOn(day, enrollment.id) >= limits.restartsPerDate) return 'restartsPerDate';
  return limitedTags(input).find((tag) => load.restartsOn(day, enrollment.id, tag) >= (limits.perTag[tag] ?? 0));
}

/** What this decision takes up; undefined: nothing. */
export function countedOf(input: DecideInput, local: LocalDateTime | undefined, turn: Memory['turn']): Counted | undefined {
  if (local === undefined && turn === undefined) return undefined;
  const tags = limitedTags(input);
  return {
    ...(local === undefined ? {} : { date: local.slice(0, 10) }),
    ...(tags.length === 0 ? {} : { tags }),
    ...(turn === undefined ? {} : { newOn: turn.day }),
  };
}

function limitedTags({ policies, tags }: DecideInput): string[] {
  const { perTag } = policies.limits ?? {};
  return perTag === undefined ? [] : tags.filter((tag) => Object.hasOwn(perTag, tag));
}

function dayOf({ now, policies }: DecideInput): Day {
  return localOf(now, policies.timeZone).slice(0, 10);
}
