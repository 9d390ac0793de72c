import type { Halt, Ring } from '../policy/policy.types.ts';
import { HOUR_MS, type Instant } from '../time/local.ts';
import type { Opening, RingHealth, Rollout, RolloutDemand } from './rollout.types.ts';

/** Devices of a ring that has just opened are decided within this; before it, nobody says that the ring is empty. */
const SETTLED_MS = 24 * HOUR_MS;

/** So long after time has stopped mattering somebody is told that the rollout stands still (rule 24). */
export const STALLED_MS = 7 * 24 * HOUR_MS;

/** Of fewer devices a failure is no percentage; `halt.of` says otherwise. */
export const HALT_OF = 10;
/** Of however few: with that many failed, `atLatest` halts instead of opening the next ring. */
const FEW_FAILED_PERCENT = 50;

const NOBODY: RingHealth = { waiting: 0, delivered: 0, stuck: 0, verified: 0, failed: 0, excused: 0, failedSince: 0 };

/** By the name of the ring; a ring without devices may be absent. */
export type HealthByRing = ReadonlyMap<string, RingHealth>;

export interface Move {
  rollout: Rollout;
  /** What the next ring waits for, in words; undefined when all are open, or nothing goes on. */
  waitsFor?: string;
  /** When time alone may open the next ring. */
  recheckAt?: Instant;
  /** Since when only devices or a person can open the next ring; absent while time can. */
  stillSince?: Instant;
}

/** A rollout from the moment the first device wants the release; the first ring opens as soon as its `after` is over. */
export function newRollout({ policy, release, version, clockStartAt }: RolloutDemand, chosen: Rollout['chosen'], now: Instant): Rollout {
  return {
    ...{ policy, release, version, clockStartAt, chosen },
    beganAt: now,
    openings: [],
    state: 'running',
    changedAt: now,
    changedBy: 'ratchet',
    approved: [],
    failuresSince: 0,
  };
}

/** Halts it, or opens the rings whose gate is passed. The same rollout when nothing is to change. */
export function moveRollout(rollout: Rollout, rings: readonly Ring[], halt: Halt, health: HealthByRing, now: Instant): Move {
  if (rollout.state !== 'running') return { rollout };
  const because = reasonToHalt(halt, health, rings.slice(0, openCount(rollout, rings)));
  if (because !== undefined) return { rollout: haltedFor(rollout, because, now) };
  let moved = rollout;
  for (;;) {
    const next = openCount(moved, rings);
    const ring = rings[next];
    if (ring === undefined) return { rollout: moved };
    const gate = gateOf(moved, rings, next, health, now);
    if (gate.isPassed && gate.isByTime) {
      // Too few for a percentage, and all that there will be: where half of them failed, time alone opens nothing.
      const failed = reasonToHalt({ failedPercent: Math.max(halt.failedPercent, FEW_FAILED_PERCENT), of: 1 }, health, []);
      if (failed !== undefined) return { rollout: haltedFor(moved, failed, now) };
    }
    if (!gate.isPassed) {
      const { waitsFor, at, stillSince } = gate;
      return { rollout: moved, waitsFor, ...(at === undefined ? (stillSince === undefined ? {} : { stillSince }) : { recheckAt: at }) };
    }
    moved = { ...moved, openings: [...moved.openings, { ring: ring.name, at: now, because: gate.because }] };
  }
}

function haltedFor(rollout: Rollout, because: string, now: Instant): Rollout {
  return { ...rollout, state: 'halted', changedAt: now, changedBy: 'ratchet', because };
}

/** How many rings are open, from the first on: one that was put in between later ones is open with them. */
export function openCount({ openings }: Pick<Rollout, 'openings'>, rings: readonly Ring[]): number {
  return rings.findLastIndex(({ name }) => openings.some(({ ring }) => ring === name)) + 1;
}

/** When the ring of that index opened; one put in later, when the first after it did. Undefined: it has not. */
export function openingOf({ openings }: Pick<Rollout, 'openings'>, rings: readonly Ring[], index: number): Opening | undefined {
  const names = new Set(rings.slice(index).map(({ name }) => name));
  return openings.find(({ ring }) => ring === rings[index]?.name) ?? openings.find(({ ring }) => names.has(ring));
}

/** `isByTime`: without the devices having shown that they run it. */
type Gate =
  | { isPassed: true; because: string; isByTime?: true }
  | { isPassed: false; waitsFor: string; at?: Instant; stillSince?: Instant };

function gateOf(rollout: Rollout, rings: readonly Ring[], index: number, health: HealthByRing, now: Instant): Gate {
  const ring = rings[index] as Ring;
  const before = rings[index - 1];
  const opened = before && openingOf(rollout, rings, index - 1);
  if (before === undefined || opened === undefined) {
    const at = rollout.clockStartAt + ring.afterMs;
    return now >= at ? { isPassed: true, because: 'it is the first' } : { isPassed: false, waitsFor: `the time of ${ring.name}`, at };
  }
  const { promote } = before;
  const latest = promote.atLatestMs === undefined ? undefined : opened.at + promote.atLatestMs;
  const isLatest = latest !== undefined && now >= latest;
  const earliest = opened.at + Math.max(ring.afterMs, promote.soakMs);
  if (isLatest && !rollout.approved.includes(before.name))
    return { isPassed: true, because: `${before.name} was open for as long as atLatest says`, isByTime: true };
  if (rollout.approved.includes(before.name)) return { isPassed: true, because: 'a person approved it' };
  if (promote.by === 'person')
    return { isPassed: false, waitsFor: `a person to approve it: ratchet rollout approve`, stillSince: opened.at, ...atOf(latest) };
  if (now < earliest) return { isPassed: false, waitsFor: `${before.name} to have been open long enough`, at: earliest };
  const { waiting, delivered, stuck, verified, failed } = health.get(before.name) ?? NOBODY;
  const got = delivered + stuck + verified + failed;
  if (got + waiting === 0) {
    // Nobody in it can take the release, or they have not been asked yet.
    const at = opened.at + Math.max(ring.afterMs, SETTLED_MS);
    return now >= at
      ? { isPassed: true, because: `nobody in ${before.name} can take it` }
      : { isPassed: false, waitsFor: `devices of ${before.name}`, at };
  }
  const needed = Math.min(promote.minimum, got + waiting);
  if (verified < needed)
    return { isPassed: false, waitsFor: `${needed} of ${before.name} to run it; ${verified} do`, stillSince: earliest, ...atOf(latest) };
  const percent = (100 * verified) / got;
  if (percent < promote.successPercent)
    return {
      isPassed: false,
      waitsFor: `${promote.successPercent} % of ${before.name} to run it; ${verified} of ${got} do`,
      stillSince: earliest,
      ...atOf(latest),
    };
  return { isPassed: true, because: `${verified} of ${got} in ${before.name} run it` };
}

function atOf(at: Instant | undefined): { at?: Instant } {
  return at === undefined ? {} : { at };
}

/** Over all rings; what a person has seen when resuming does not count again. */
function reasonToHalt(
  { failedPercent, of = HALT_OF, stuckPercent }: Halt,
  health: HealthByRing,
  open: readonly Ring[],
): string | undefined {
  const total = { ...NOBODY };
  for (const ring of health.values()) for (const key of Object.keys(total) as (keyof RingHealth)[]) total[key] += ring[key];
  const got = total.delivered + total.stuck + total.verified + total.failed;
  if (got < Math.min(of, mostOf(open, health))) return undefined;
  if (total.failedSince > 0 && (100 * total.failedSince) / got >= failedPercent)
    return `${total.failedSince} of ${got} devices failed to install it`;
  if (stuckPercent !== undefined && total.stuck > 0 && (100 * total.stuck) / got >= stuckPercent)
    return `${total.stuck} of ${got} devices make no progress`;
  return undefined;
}

/** More can't get it before another ring opens: known only of rings of so many devices, and never more than are there (rule 24). */
function mostOf(open: readonly Ring[], health: HealthByRing): number {
  if (open.length === 0) return Number.POSITIVE_INFINITY;
  let most = 0;
  for (const { name, who } of open) {
    if (who.kind !== 'devices') return Number.POSITIVE_INFINITY;
    const { waiting, delivered, stuck, verified, failed } = health.get(name) ?? NOBODY;
    most += Math.min(who.count, waiting + delivered + stuck + verified + failed);
  }
  return most;
}
