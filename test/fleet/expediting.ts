import { localTime } from '../../src/sim/zone.ts';
import { HOUR_MS } from '../../src/time/local.ts';
import type { Act, Expedited, ExpediteSpec } from './acts.ts';
import type { Fleet } from './harness.ts';

/** A person with a release that can't wait. */
export interface Expediting {
  /** Of what is said, or was. */
  said(): Expedited | undefined;
  /** Resolves to whether it is in force. */
  say(act: Act, spec: ExpediteSpec): Promise<boolean>;
  /** Resolves to whether nothing is hastened by it any more. */
  takeBack(act: Act): Promise<boolean>;
}

export function createExpediting(fleet: Fleet): Expediting {
  let said: Expedited | undefined;
  const tell = (act: Act, expedited: Expedited) => {
    for (const listener of fleet.notes) listener.onActBegun?.({ ...act, at: fleet.scheduler.now(), expedited });
  };

  /** The release that most devices are asked for or wait for, under the policy that wants it of them. */
  async function mostWanted(): Promise<Pick<Expedited, 'policy' | 'release'> | undefined> {
    const counts = new Map<string, number>();
    for (let after = ''; ; ) {
      const rows = await fleet.store.listEnrollments(after, 500);
      for (const { decision } of rows) {
        const release = decision.waitsForRelease ?? decision.target?.release;
        if (release === undefined || decision.policy === undefined) continue;
        const key = `${decision.policy}\n${release}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
      const last = rows.at(-1);
      if (last === undefined) break;
      after = last.id;
    }
    const [most] = [...counts].sort(([a, ofA], [b, ofB]) => ofB - ofA || (a < b ? -1 : 1));
    const [policy, release] = most?.[0].split('\n') ?? [];
    return policy === undefined || release === undefined ? undefined : { policy, release };
  }

  async function choose({ inHours, isFirstRingOnly }: ExpediteSpec): Promise<Expedited | undefined> {
    const wanted = await mostWanted();
    if (wanted === undefined) return undefined;
    const due = localTime(fleet.scheduler.now() + inHours * HOUR_MS, fleet.policy.fallbackTimeZone).slice(0, 16);
    const first = isFirstRingOnly ? fleet.policies.last.rings?.[0]?.name : undefined;
    return { ...wanted, due, ...(first === undefined ? {} : { rings: [first] }) };
  }

  return {
    said: () => said,
    async say(act, spec) {
      // Who got no answer says the same again; who was refused looks anew.
      const chosen = said ?? (await choose(spec));
      if (chosen === undefined) return false;
      said = chosen;
      tell(act, chosen);
      const given = { ...chosen, by: 'simulation' };
      const answer = await fleet.ratchet.rollouts.expedite(given);
      const accept = answer.ok && answer.kind === 'held' ? answer.difference?.guard?.plan : undefined;
      const last = accept === undefined ? answer : await fleet.ratchet.rollouts.expedite({ ...given, accept });
      if (!last.ok) said = undefined;
      return last.ok && last.kind === 'expedited';
    },
    async takeBack(act) {
      if (said === undefined) return true;
      tell(act, said);
      const { policy, release } = said;
      const answer = await fleet.ratchet.rollouts.expedite({ policy, release, by: 'simulation' });
      // What was never put in force need not be taken back.
      return answer.ok || answer.message.includes('is not expedited') || answer.message.includes('no policy');
    },
  };
}
