import { createHash } from 'node:crypto';
import type { Rollout } from '../../../src/rollout/rollout.types.ts';
import type { Fleet } from '../harness.ts';

/** What the store was told of rollouts, and who is in which ring by the checkers' own arithmetic. */
export interface OpenRings {
  saved(rollouts: readonly Rollout[]): void;
  /** A rollout of that version, as stored, with the time at which it came into its state. */
  of(version: string): readonly { rollout: Rollout; since: number }[];
  /** The device's ring in that rollout; open too when one after it is. */
  ring(device: string, rollout: Rollout): { name: string; isOpen: boolean };
  /** Its ring is open for that version, and the rollout neither paused nor over; always, where the policy has no rings. */
  isOpen(device: string, version: string): boolean;
}

export function createOpenRings({ policy, scheduler }: Pick<Fleet, 'policy' | 'scheduler'>): OpenRings {
  /** By policy and release. */
  const rollouts = new Map<string, { rollout: Rollout; since: number }>();
  const names = policy.rings?.map(({ name }) => name) ?? [];

  function indexOf(device: string, { policy: name, chosen }: Rollout): number {
    const slot = (createHash('sha256').update(`${name}\n${device}`).digest().readUIntBE(0, 6) / 2 ** 48) * 100;
    let below = 0;
    const index = (policy.rings ?? []).findIndex(({ name: ring, percent = 0, devices }) => {
      below += percent;
      return slot < below || (devices !== undefined && chosen[ring]?.includes(device));
    });
    return index < 0 ? names.length - 1 : index;
  }

  const of = (version: string) => [...rollouts.values()].filter(({ rollout }) => rollout.version === version);

  function ring(device: string, rollout: Rollout): { name: string; isOpen: boolean } {
    const index = indexOf(device, rollout);
    return { name: names[index] ?? '', isOpen: rollout.openings.some(({ ring: name }) => names.indexOf(name) >= index) };
  }

  return {
    saved(saved) {
      for (const rollout of saved) {
        const key = `${rollout.policy} ${rollout.release}`;
        const before = rollouts.get(key);
        const since = before?.rollout.state === rollout.state ? before.since : scheduler.now();
        rollouts.set(key, { rollout: structuredClone(rollout), since });
      }
    },
    of,
    ring,
    isOpen(device, version) {
      if (policy.rings === undefined) return true;
      return of(version).some(({ rollout }) => ring(device, rollout).isOpen && rollout.state === 'running');
    },
  };
}
