import type { OutboxEntry } from '../delivery/outbox-entry.ts';
import { formatVersion } from '../os/version.ts';
import type { ReasonGroup } from '../reasons/reason.types.ts';
import { REASONS, type ReasonName } from '../reasons/reasons.ts';
import type { Offer } from '../releases/catalogue.types.ts';
import type { RolloutDevice } from '../rollout/rollout.types.ts';
import { HOUR_MS, type Instant } from '../time/local.ts';
import type { RolloutFailure } from './input.ts';
import type { Enforcement } from './manifest.ts';
import { isToCome, ringStateOf } from './rings.ts';
import type { Situation } from './situation.types.ts';
import { newestWanted } from './target.ts';
import { isAtLeast } from './versions.ts';
import { sentFor } from './want-update.ts';

/** Rule 24: seen, and without progress for so long. */
const STUCK_MS = 48 * HOUR_MS;

/** What speaks against the release, not against the device. */
const FAILURES: ReadonlySet<ReasonName> = new Set(['install-failed', 'declaration-invalid']);

/** Of the device: what lies between it and any release. */
const EXCUSED: ReadonlySet<ReasonGroup> = new Set(['needs-person', 'broken', 'left-alone']);

/** Says nothing about the release: it needs a person, is not here, has left, or is exempt. */
function isExcused(reason: ReasonName): boolean {
  // A clock in doubt is ours, and soon over.
  return !FAILURES.has(reason) && reason !== 'clock-suspect' && (reason === 'exempt' || EXCUSED.has(REASONS[reason].group));
}

/** An order, a gate or a doubt: it says nothing of the device at all. */
function isOurs(reason: ReasonName): boolean {
  return reason === 'clock-suspect' || REASONS[reason].group === 'held';
}

/** What is remembered goes with the decision; what changed is written for the health of rings. */
export interface RolloutStanding {
  /** Of the release it is to get, or got last. */
  current?: RolloutDevice;
  /** Of the newest it wants, when it gets another meanwhile, or none. */
  next?: RolloutDevice;
  /** What it failed to install so far and still misses. */
  failures: readonly RolloutFailure[];
  changed: readonly RolloutDevice[];
}

/** A device that failed at more than so many releases, each newer than what it runs, is told of as failing anew at the oldest. */
const FAILURES_MAX = 10;

/**
 * Where the device stands in the rollouts it takes part in: that of its target, that of the newest release it wants, where
 * that is another (its ring is not open yet, or rule 9 keeps an older target), and those it has left since.
 */
export function rolloutStandingOf(situation: Situation, reason: ReasonName, enforcement: Enforcement | undefined): RolloutStanding {
  const { now } = situation;
  const { rollout: before, rolloutNext: nextBefore } = situation.input.memory;
  const known = [before, nextBefore].filter((device) => device !== undefined);
  const failed = situation.input.memory.rolloutFailures ?? [];
  const find = (wanted: Wanted): RolloutDevice => {
    const failure = failed.find((one) => isOf(one, wanted));
    return (
      known.find((device) => isOf(device, wanted)) ?? {
        ...{ ...wanted, state: 'waiting', since: now },
        ...(failure ? { failedAt: failure.at } : {}),
      }
    );
  };
  const wanted = wantedOf(situation);
  const wantedNext = wantedNextOf(situation);
  const current = wanted && entry({ ...find(wanted), ring: wanted.ring });
  const next = wantedNext && withState({ ...find(wantedNext), ring: wantedNext.ring }, isExcused(reason) ? 'excused' : 'waiting', now);
  const left = known
    .filter((device) => ![current, next].some((still) => still && isOf(device, still)))
    .map((device) => withState(device, stateOfLeft(situation, device), now));
  const last =
    current ?? left.find((device) => before && isOf(device, before)) ?? (before && !(next && isOf(before, next)) ? before : undefined);
  const standing = [...left, current, next].filter((device) => device !== undefined);
  const changed = standing.filter((device) => !known.some((old) => isSame(device, old)));
  const failures = failuresOf(situation, failed, standing);
  return { ...(last ? { current: last } : {}), ...(next ? { next } : {}), failures, changed };

  function entry(device: RolloutDevice): RolloutDevice {
    return withState(device, stateOf(situation, device, reason, enforcement), now);
  }
}

type Wanted = Pick<RolloutDevice, 'policy' | 'release' | 'version' | 'ring'>;
type Named = Pick<Wanted, 'policy' | 'release'>;

/** With a halt it gets an older release and leaves this rollout; when it comes back, its failure is not a new one. */
function failuresOf(
  situation: Situation,
  before: readonly RolloutFailure[],
  standing: readonly RolloutDevice[],
): readonly RolloutFailure[] {
  const since = standing
    .filter(({ failedAt }) => failedAt !== undefined)
    .map(({ policy, release, version, failedAt }) => ({ policy, release, version, at: failedAt as Instant }))
    .filter((failure) => !before.some((known) => isOf(known, failure)));
  const failures = since.length === 0 ? before : [...before, ...since];
  return failures.filter(({ version }) => !isAtLeast(situation, version)).slice(-FAILURES_MAX);
}

function isOf(device: Named, { policy, release }: Named): boolean {
  return device.policy === policy && device.release === release;
}

function stateOfLeft(situation: Situation, device: RolloutDevice): RolloutDevice['state'] {
  if (isAtLeast(situation, device.version)) return 'verified';
  return isOver(device) ? device.state : 'excused';
}

function wantedOf(situation: Situation): Wanted | undefined {
  const { target } = situation;
  return target.kind === 'release' ? inRing(situation, target.offer) : undefined;
}

function wantedNextOf(situation: Situation): Wanted | undefined {
  const { target } = situation;
  const newest = newestWanted(situation);
  if (newest === undefined || (target.kind === 'release' && target.offer.release === newest.release)) return undefined;
  return isToCome(situation, newest) ? inRing(situation, newest) : undefined;
}

function inRing(situation: Situation, { release, version }: Offer): Wanted | undefined {
  const { policy } = situation;
  const ring = ringStateOf(situation, release)?.ring;
  return policy && ring ? { policy: policy.name, release, version: formatVersion(version), ring: ring.name } : undefined;
}

function stateOf(
  situation: Situation,
  known: RolloutDevice,
  reason: ReasonName,
  enforcement: Enforcement | undefined,
): RolloutDevice['state'] {
  if (FAILURES.has(reason)) return 'failed';
  if (reason === 'overdue') return 'stuck';
  // What came after it, and is ours, takes back nothing of what the release did.
  if (known.state === 'failed' && isOurs(reason)) return 'failed';
  if (isExcused(reason)) return 'excused';
  // Whatever it was sent, it could not do anything with it yet.
  if (reason === 'ramped-by-apple') return 'waiting';
  const deliveredAt = deliveredAtOf(situation, known);
  if (deliveredAt === undefined) return known.state === 'waiting' || known.state === 'excused' ? 'waiting' : known.state;
  const movedAt = Math.max(
    deliveredAt,
    enforcement?.latestAt ?? 0,
    situation.progress?.observedAt ?? 0,
    situation.commandProgress?.observedAt ?? 0,
  );
  return situation.enrollment.lastSeenAt >= movedAt + STUCK_MS ? 'stuck' : 'delivered';
}

/** When it fetched the declaration, or was sent the first command (rule 13). */
function deliveredAtOf(situation: Situation, { release }: RolloutDevice): Instant | undefined {
  const { held, isHeldFetched, channel, enrollment } = situation;
  if (channel === 'commands') return sentFor(situation, { release }).find(isWithDevice)?.leasedAt;
  if (held?.release !== release || !isHeldFetched) return undefined;
  return enrollment.fetched[held.identifier] ?? enrollment.declarations[held.identifier]?.observedAt;
}

function isWithDevice({ state }: OutboxEntry): boolean {
  return state === 'enqueued' || state === 'answered' || state === 'lost';
}

/** Nothing more is to come of it. */
function isOver({ state }: RolloutDevice): boolean {
  return state === 'verified' || state === 'failed' || state === 'excused';
}

function withState(device: RolloutDevice, state: RolloutDevice['state'], now: Instant): RolloutDevice {
  if (device.state === state) return device;
  if (state !== 'failed') return { ...device, state, since: now };
  const failedAt = device.failedAt ?? now;
  return { ...device, state, since: failedAt, failedAt };
}

function isSame(device: RolloutDevice, before: RolloutDevice): boolean {
  return (['policy', 'release', 'ring', 'state', 'since'] as const).every((key) => device[key] === before[key]);
}
