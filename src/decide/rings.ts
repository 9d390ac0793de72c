import { formatVersion } from '../os/version.ts';
import type { MatchSubject } from '../policy/match.ts';
import type { Ring } from '../policy/policy.types.ts';
import { ringIndexOf } from '../policy/rings.ts';
import type { Offer, ReleaseKey } from '../releases/catalogue.types.ts';
import { isCovered } from '../rollout/expedite.ts';
import { openingOf } from '../rollout/move.ts';
import type { Expedite, Rollout, RolloutDemand } from '../rollout/rollout.types.ts';
import type { Enforcement } from './manifest.ts';
import type { RingState, Situation } from './situation.types.ts';

/** What rings say of one release for one device: a ring is a delivery date, and a rollout can be stopped. */

type Before = Pick<Situation, 'input' | 'policy' | 'mode' | 'subject' | 'held' | 'isHeldFetched'>;

const NOBODY: ReadonlySet<string> = new Set();

/**
 * Undefined where there are no rings, or nothing is enforced: what would be is shown as if all were open. What was stopped
 * stays so when somebody takes the rings out of the policy.
 */
export function ringStateOf({ input, policy, mode, subject }: Before, release: ReleaseKey): RingState | undefined {
  if (policy === undefined || mode !== 'enforce') return undefined;
  const rollout = input.rollouts.get(policy.name)?.get(release);
  if (policy.rings === undefined) return rollout && rollout.state !== 'running' ? { rollout, closed: rollout.state } : undefined;
  const index = ringOf(policy.name, policy.rings, subject, rollout);
  const ring = policy.rings[index];
  if (ring === undefined) return undefined;
  if (rollout === undefined) return { ring, closed: 'not-begun' };
  const { expedite } = rollout;
  const opening = openingOf(rollout, policy.rings, index) ?? (expedite && isCovered(expedite, policy.rings, index) ? expedite : undefined);
  const closed = rollout.state !== 'running' ? rollout.state : opening === undefined ? 'not-open' : undefined;
  return { ring, rollout, ...(opening ? { openedAt: opening.at } : {}), ...(closed ? { closed } : {}) };
}

type Who = Pick<Situation, 'input' | 'policy' | 'mode' | 'subject'>;

/**
 * What a person said to have that release sooner on this device (rule 23), whether or not its rollout goes on: a pause stops
 * what is handed out, and moves no line.
 */
export function expediteFor({ input, policy, mode, subject }: Who, release: ReleaseKey): Expedite | undefined {
  if (policy === undefined || mode !== 'enforce') return undefined;
  const rollout = input.rollouts.get(policy.name)?.get(release);
  if (rollout?.expedite === undefined) return undefined;
  const { rings } = policy;
  if (rings === undefined || rollout.expedite.rings === undefined) return rollout.expedite;
  return isCovered(rollout.expedite, rings, ringOf(policy.name, rings, subject, rollout)) ? rollout.expedite : undefined;
}

/** An enforcement with the notice its release has now. */
export function asExpedited<E extends Omit<Enforcement, 'identifier'>>(who: Who, enforcement: E): E {
  const isExpedited = enforcement.policy === who.policy?.name && expediteFor(who, enforcement.release) !== undefined;
  if (isExpedited === (enforcement.isExpedited === true)) return enforcement;
  if (isExpedited) return { ...enforcement, isExpedited };
  const { isExpedited: _was, ...rest } = enforcement;
  return rest as E;
}

function ringOf(policy: string, rings: readonly Ring[], subject: MatchSubject, rollout: Rollout | undefined): number {
  const chosen = rollout ? new Set(Object.values(rollout.chosen).flat()) : NOBODY;
  return ringIndexOf(rings, policy, subject, chosen);
}

/** It may be wanted of this device: its ring is open; or the rollout is paused, and the device has the date already. */
export function isRingOpen(situation: Before, { release }: Pick<Offer, 'release'>): boolean {
  const state = ringStateOf(situation, release);
  if (state === undefined || state.closed === undefined) return true;
  return state.closed === 'paused' && situation.isHeldFetched && situation.held?.release === release;
}

/** Nobody is to have it. */
export function isSkipped({ input, policy }: Pick<Situation, 'input' | 'policy'>, { release }: Pick<Offer, 'release'>): boolean {
  return policy !== undefined && input.rollouts.get(policy.name)?.get(release)?.state === 'skipped';
}

/** Its ring is still to open, or is open. */
export function isToCome(situation: Before, { release }: Pick<Offer, 'release'>): boolean {
  const closed = ringStateOf(situation, release)?.closed;
  return closed === undefined || closed === 'not-begun' || closed === 'not-open';
}

/** The newest release this device wants, when its rollout is to begin: also while it gets an older one that is open to it. */
export function demandOf(situation: Situation, newest: Offer | undefined): RolloutDemand | undefined {
  const { policy, input } = situation;
  if (policy === undefined || newest === undefined || ringStateOf(situation, newest.release)?.closed !== 'not-begun') return undefined;
  const since = input.memory.requiredBy?.policy === policy.name ? input.memory.requiredBy.since : situation.now;
  return {
    policy: policy.name,
    release: newest.release,
    version: formatVersion(newest.version),
    clockStartAt: Math.max(newest.firstSeenAt, since),
  };
}
