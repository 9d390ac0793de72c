import { isBlackoutNear } from '../../decide/blackouts.ts';
import type { Blackout } from '../../policy/policy.types.ts';
import type { Clock } from '../../runtime.ts';
import type { Store } from '../../store/store.ts';
import { latestInstantOf } from '../../time/local.ts';
import type { BlackoutsAnswer } from '../blackout-answers.ts';
import { listBlackoutHolders } from '../blackout-holders.ts';
import type { Standing } from '../standing.ts';

/** Blackouts that are not over, the first one first, and every device that may install in one (rule 16). */
export async function blackoutsOf(store: Store, standing: Standing, clock: Pick<Clock, 'now' | 'turn'>): Promise<BlackoutsAnswer> {
  const { policies } = standing;
  const now = clock.now();
  const shown = ({ name, from, until }: Blackout, policy?: string): BlackoutsAnswer['blackouts'][number] => ({
    ...(name === undefined ? {} : { name }),
    ...(policy === undefined ? {} : { policy }),
    ...{ from, until },
    isNear: isBlackoutNear({ ...policies, blackouts: [{ from, until }], policies: [] }, now),
  });
  const blackouts = [
    ...(policies.blackouts ?? []).map((blackout) => shown(blackout)),
    ...policies.policies.flatMap((policy) => (policy.blackouts ?? []).map((blackout) => shown(blackout, policy.name))),
  ];
  const holders = isBlackoutNear(policies, now) ? await listBlackoutHolders(store, clock) : [];
  return {
    schema: 'ratchet.blackouts/1',
    blackouts: blackouts.filter(({ until }) => latestInstantOf(until) > now).sort((a, b) => (a.from < b.from ? -1 : 1)),
    devices: holders.map(({ id, serial, policy, holds, into, lastSeenAt, reason }) => ({
      id,
      ...(serial === undefined ? {} : { serial }),
      ...{ policy, holds },
      ...(into.name === undefined ? {} : { blackout: into.name }),
      ...{ beginsAt: into.beginsAt, endsAt: into.endsAt, lastSeenAt, reason },
    })),
  };
}
