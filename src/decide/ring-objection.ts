import type { ReleaseKey } from '../releases/catalogue.types.ts';
import type { Objection } from './check.types.ts';
import type { RingState } from './situation.types.ts';

/** Why a release its policy means is not handed out. */
export function objectionOfRing({ ring, rollout, closed }: RingState, release: ReleaseKey): Objection | undefined {
  const evidence = {
    release,
    ...(ring ? { ring: ring.name } : {}),
    ...(rollout?.because ? { because: rollout.because } : {}),
    ...(rollout && rollout.state !== 'running' ? { since: rollout.changedAt, by: rollout.changedBy } : {}),
  };
  switch (closed) {
    case 'not-begun':
    case 'not-open':
      return { reason: 'ring-not-open', effect: 'withdraw', evidence };
    case 'paused':
      return { reason: 'rollout-paused', effect: 'keep', evidence };
    case 'halted':
      return { reason: 'rollout-halted', effect: 'withdraw', evidence };
    case 'skipped':
      return { reason: 'release-skipped', effect: 'withdraw', evidence };
    default:
      return undefined;
  }
}
