import { createHash } from 'node:crypto';
import type { Rollout } from '../../../src/rollout/rollout.types.ts';
import type { Family } from '../../../src/sim/table.ts';
import type { WorldDevice } from '../../../src/sim/world.types.ts';
import type { Expedited } from '../acts.ts';
import type { FleetPolicy, FleetRing } from '../harness.ts';
import { namesOf } from '../policies-told.ts';
import type { Checker, Watched } from './checker.types.ts';

/** A call that was right when it began may end later. */
const CALL_MS = 5_000;

/**
 * Which releases a person hastens (rule 23), by what that person was told: from when it is first said, as soon as it is stored,
 * until the answer that it is taken back.
 */
export interface Expedites extends Required<Pick<Checker, 'onRolloutsSaved' | 'onActBegun' | 'onAct'>> {
  /** By when the device was told to have that release, in force then or in the call that may have ended then; the earliest. */
  dueOf(device: WorldDevice, version: string, at: number): string | undefined;
  /** When one of those releases was last hastened for this device no longer; -Infinity: never. */
  putBackAt(device: WorldDevice, isMissed: (version: string) => boolean): number;
}

interface Said extends Expedited {
  version: string;
  from: number;
  until: number;
  isStored: boolean;
}

export function createExpedites({ policies }: Pick<Watched['fleet'], 'policies'>): Expedites {
  const all: Said[] = [];
  const putBack: { said: Said; at: number }[] = [];
  /** By policy and release, as stored: who was drawn for a ring. */
  const rollouts = new Map<string, Rollout>();
  const keyOf = ({ policy, release }: { policy: string; release: string }) => `${policy} ${release}`;

  function isMeant(device: WorldDevice, said: Said, at: number): boolean {
    return isFor(said, device.spec.model.family) && policies.between(at - CALL_MS, at).some((policy) => isMeantUnder(policy, device, said));
  }

  function isMeantUnder(policy: FleetPolicy, { id }: WorldDevice, said: Said): boolean {
    if (!namesOf(policy).includes(said.policy) || policy.mode === 'observe') return false;
    if (policy.rings === undefined || said.rings === undefined) return true;
    const index = ringOf(id, policy.rings, { policy: said.policy, chosen: rollouts.get(keyOf(said))?.chosen ?? {} });
    return policy.rings.slice(index).some(({ name }) => said.rings?.includes(name));
  }

  return {
    onActBegun({ what, at, expedited }) {
      if (expedited === undefined) return;
      const known = all.find(
        (said) => keyOf(said) === keyOf(expedited) && said.due === expedited.due && said.until === Number.POSITIVE_INFINITY,
      );
      if (what === 'expedite' && known === undefined) {
        const version = expedited.release.split(' ').at(-1) ?? '';
        all.push({ ...expedited, version, from: at, until: Number.POSITIVE_INFINITY, isStored: false });
      }
      if (what === 'unexpedite' && known) putBack.push({ said: known, at });
    },
    onAct({ what, at, expedited }) {
      if (what !== 'unexpedite' || expedited === undefined) return;
      for (const said of all) {
        if (keyOf(said) !== keyOf(expedited) || said.until < at) continue;
        said.until = at;
        putBack.push({ said, at });
      }
    },
    onRolloutsSaved(saved) {
      for (const rollout of saved) {
        rollouts.set(keyOf(rollout), structuredClone(rollout));
        for (const said of all) if (keyOf(said) === keyOf(rollout) && said.due === rollout.expedite?.due.slice(0, 16)) said.isStored = true;
      }
    },
    dueOf(device, version, at) {
      const found = all.filter(
        (said) => said.isStored && said.version === version && said.from <= at && at - CALL_MS <= said.until && isMeant(device, said, at),
      );
      return found.map(({ due }) => `${due}:00`).sort()[0];
    },
    putBackAt(device, isMissed) {
      const found = putBack.filter(({ said }) => said.isStored && isFor(said, device.spec.model.family) && isMissed(said.version));
      return Math.max(Number.NEGATIVE_INFINITY, ...found.map(({ at }) => at));
    },
  };
}

const PLATFORMS: Readonly<Record<Family, string>> = {
  iPhone: 'iOS',
  iPad: 'iPadOS',
  Mac: 'macOS',
  'Apple TV': 'tvOS',
  'Vision Pro': 'visionOS',
};

/** Macs have releases of their own; a policy may be that of one platform. Older iPads are of iOS. */
function isFor({ policy, release }: Expedited, family: Family): boolean {
  const named = Object.values(PLATFORMS).find((platform) => policy.split(' ').at(-1) === platform);
  return (
    release.startsWith('macOS') === (family === 'Mac') &&
    (named === undefined || named === PLATFORMS[family] || (named === 'iOS' && family === 'iPad'))
  );
}

/** Who is in which ring, by the checkers' own arithmetic: the index. */
export function ringOf(device: string, rings: readonly FleetRing[], { policy, chosen }: Pick<Rollout, 'policy' | 'chosen'>): number {
  const slot = (createHash('sha256').update(`${policy}\n${device}`).digest().readUIntBE(0, 6) / 2 ** 48) * 100;
  let below = 0;
  const index = rings.findIndex(({ name: ring, percent = 0, devices }) => {
    below += percent;
    return slot < below || (devices !== undefined && chosen[ring]?.includes(device));
  });
  return index < 0 ? rings.length - 1 : index;
}
