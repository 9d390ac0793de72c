import { gateText, haltText } from '../../rollout/gate-words.ts';
import { HALT_OF, moveRollout, openingOf } from '../../rollout/move.ts';
import type { RingHealth, Rollout } from '../../rollout/rollout.types.ts';
import type { Clock } from '../../runtime.ts';
import type { Store } from '../../store/store.ts';
import type { Instant } from '../../time/local.ts';
import type { RolloutAnswer, RolloutsAnswer } from '../answers.ts';
import type { Standing } from '../standing.ts';

/** Failed and stuck devices named for each rollout. */
const NAMED_MAX = 20;

const NOBODY: RingHealth = { waiting: 0, delivered: 0, stuck: 0, verified: 0, failed: 0, excused: 0, failedSince: 0 };

/** Every rollout, the newest first, with the health of its rings and what the next one waits for. */
export async function rolloutsOf(store: Store, standing: Standing, clock: Pick<Clock, 'now' | 'turn'>): Promise<RolloutsAnswer> {
  const all = [...standing.rollouts.values()].flatMap((byRelease) => [...byRelease.values()]);
  const rollouts: RolloutAnswer[] = [];
  for (const rollout of all.sort((a, b) => b.beganAt - a.beganAt)) {
    rollouts.push(await rolloutOf(store, standing, rollout, clock.now()));
    // Each counts its devices, which may be many: in between others have their turn.
    await clock.turn();
  }
  return { schema: 'ratchet.rollouts/1', rollouts };
}

async function rolloutOf(store: Store, standing: Standing, rollout: Rollout, now: Instant): Promise<RolloutAnswer> {
  const { policy: name, release, state, changedAt, changedBy, because, beganAt, expedite } = rollout;
  const { rings = [], halt } = standing.policies.policies.find((policy) => policy.name === name) ?? {};
  const health = await store.rolloutHealth(rollout);
  const move = halt ? moveRollout(rollout, rings, halt, health, now) : undefined;
  const troubled = [
    ...(await store.listRolloutDevices(rollout, 'failed', NAMED_MAX)),
    ...(await store.listRolloutDevices(rollout, 'stuck', NAMED_MAX)),
  ];
  return {
    ...{ policy: name, release, state },
    since: changedAt,
    by: changedBy,
    ...(because === undefined ? {} : { because }),
    began: beganAt,
    ...(expedite ? { expedite: { ...expedite } } : {}),
    ...(move?.waitsFor === undefined ? {} : { waitsFor: move.waitsFor }),
    ...(move?.recheckAt === undefined ? {} : { opensAt: move.recheckAt }),
    ...(halt && rings.length > 0 ? { haltsWhen: haltText(halt, HALT_OF) } : {}),
    rings: rings.map(({ name: ring }, index) => {
      const opening = openingOf(rollout, rings, index);
      const { failedSince: _, ...counts } = health.get(ring) ?? NOBODY;
      return { ring, gate: gateText(rings, index), ...(opening ? { opened: opening.at, because: opening.because } : {}), ...counts };
    }),
    troubled: troubled.map(({ enrollmentId, ring, state: where, since }) => ({
      id: enrollmentId,
      ring,
      state: where,
      since,
    })),
  };
}
