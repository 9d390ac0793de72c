import type { OutboxEntry } from '../delivery/outbox-entry.ts';
import { formatVersion } from '../os/version.ts';
import { REASONS, type ReasonName } from '../reasons/reasons.ts';
import type { RolloutDevice } from '../rollout/rollout.types.ts';
import { HOUR_MS, type Instant } from '../time/local.ts';
import type { Enforcement } from './manifest.ts';
import { ringStateOf } from './rings.ts';
import type { Situation } from './situation.types.ts';
import { isAtLeast } from './versions.ts';
import { sentFor } from './want-update.ts';

/** Rule 24: seen, and without progress for so long. */
const STUCK_MS = 48 * HOUR_MS;

/** What speaks against the release, not against the device. */
const FAILURES: ReadonlySet<ReasonName> = new Set(['install-failed', 'declaration-invalid']);

/** Says nothing about the release: it needs a person, is not here, or has left. */
function isExcused(reason: ReasonName): boolean {
  const { group } = REASONS[reason];
  return !FAILURES.has(reason) && (group === 'needs-person' || group === 'left-alone' || reason === 'not-seen' || reason === 'known-bug');
}

/**
 * Where the device stands in the rollouts it takes part in: that of its target, and the one before when it wants another
 * release since. What is remembered goes with the decision; all that is returned is written for the health of rings.
 */
export function rolloutDevicesOf(situation: Situation, reason: ReasonName, enforcement: Enforcement | undefined): RolloutDevice[] {
  const { now, input } = situation;
  const before = input.memory.rollout;
  const devices: RolloutDevice[] = [];
  const wanted = wantedOf(situation);
  if (before && (wanted === undefined || wanted.release !== before.release || wanted.policy !== before.policy))
    devices.push(at(before, isAtLeast(situation, before.version) ? 'verified' : isOver(before) ? before.state : 'excused', now));
  if (wanted) {
    const same = before?.release === wanted.release && before.policy === wanted.policy ? before : undefined;
    const known: RolloutDevice = same ? { ...same, ring: wanted.ring } : { ...wanted, state: 'waiting', since: now };
    devices.push(at(known, stateOf(situation, known, reason, enforcement), now));
  }
  return devices.filter((device) => !isSame(device, before));
}

/** The one to remember: of the release it is to get, or got last. */
export function rememberedOf(devices: readonly RolloutDevice[], before: RolloutDevice | undefined): RolloutDevice | undefined {
  return devices.at(-1) ?? before;
}

function wantedOf(situation: Situation): Pick<RolloutDevice, 'policy' | 'release' | 'version' | 'ring'> | undefined {
  const { target, policy } = situation;
  if (target.kind !== 'release' || policy === undefined) return undefined;
  const state = ringStateOf(situation, target.offer.release);
  if (state?.ring === undefined) return undefined;
  return { policy: policy.name, release: target.offer.release, version: formatVersion(target.version), ring: state.ring.name };
}

function stateOf(
  situation: Situation,
  known: RolloutDevice,
  reason: ReasonName,
  enforcement: Enforcement | undefined,
): RolloutDevice['state'] {
  if (FAILURES.has(reason)) return 'failed';
  if (reason === 'overdue') return 'stuck';
  if (isExcused(reason)) return 'excused';
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

function at(device: RolloutDevice, state: RolloutDevice['state'], now: Instant): RolloutDevice {
  return device.state === state ? device : { ...device, state, since: now };
}

function isSame(device: RolloutDevice, before: RolloutDevice | undefined): boolean {
  return before !== undefined && (['policy', 'release', 'ring', 'state', 'since'] as const).every((key) => device[key] === before[key]);
}
