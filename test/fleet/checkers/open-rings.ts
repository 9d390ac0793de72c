import type { Rollout } from '../../../src/rollout/rollout.types.ts';
import type { FleetPolicy } from '../harness.ts';
import { namesOf } from '../policies-told.ts';
import type { Checker, Watched } from './checker.types.ts';
import { createExpedites, ringOf } from './expedites.ts';

/** A call that was right when it began may end later. */
export const CALL_MS = 5_000;

/** What the store and a person were told of rollouts, and who is in which ring by the checkers' own arithmetic. */
export interface OpenRings extends Required<Pick<Checker, 'onRolloutsSaved' | 'onActBegun' | 'onAct'>> {
  /** What speaks against that device getting that version under that policy; empty where nothing does. */
  objection(policy: FleetPolicy, device: string, version: string, at: number, slackMs: number): string;
  /** Nothing speaks against it under a policy in force, nor did a moment ago, and its rollout is not paused either. */
  isHandedOut(device: string, version: string, at: number): boolean;
  /** A rollout of it is skipped, so that n-1 is counted without it. */
  isSkipped(version: string): boolean;
}

export function createOpenRings({ policies, scheduler, world }: Pick<Watched['fleet'], 'policies' | 'scheduler' | 'world'>): OpenRings {
  const expedites = createExpedites({ policies });
  /** By policy and version: as stored, and when it came into its state. */
  const rollouts = new Map<string, { rollout: Rollout; at: number }>();
  /** Those a person was told to be skipped, by the same key. */
  const skipped = new Map<string, number>();
  /** When it was stored that a ring is open. */
  const openedAt = new Map<string, number>();
  const keyOf = ({ policy, release }: { policy: string; release: string }) => `${policy} ${release}`;

  function of(policy: FleetPolicy, version: string): { rollout: Rollout; at: number }[] {
    const isOf = ({ policy: name }: Rollout) => namesOf(policy).includes(name);
    return [...rollouts.values()].filter(({ rollout }) => rollout.version === version && isOf(rollout));
  }

  function objection(policy: FleetPolicy, device: string, version: string, at: number, slackMs: number): string {
    const found = of(policy, version);
    if (found.length === 0) return policy.rings === undefined ? '' : 'no rollout of it has begun';
    const why = found.map(({ rollout, at: since }) => {
      if (rollout.state === 'halted' && at > since + slackMs) return `its rollout was halted at ${new Date(since).toISOString()}`;
      const skippedAt = skipped.get(keyOf(rollout));
      if (skippedAt !== undefined && at > skippedAt + slackMs) return `it was skipped at ${new Date(skippedAt).toISOString()}`;
      if (policy.rings === undefined || isExpedited(device, version, at)) return '';
      const names = policy.rings.map(({ name }) => name);
      const open = rollout.openings.map(({ ring }) => names.indexOf(ring));
      const ring = ringOf(device, policy.rings, rollout);
      return open.some((index) => index >= ring) ? '' : `its ring ${names[ring]} is not open`;
    });
    return why.every((reason) => reason !== '') ? why.join(', ') : '';
  }

  /** Its ring is open by that, also where there was none yet when it was said. */
  function isExpedited(id: string, version: string, at: number): boolean {
    const device = world.device(id);
    return device !== undefined && expedites.dueOf(device, version, at) !== undefined;
  }

  return {
    objection,
    isHandedOut(device, version, at) {
      return policies.at(at).some((policy) => {
        if (objection(policy, device, version, at, 0) !== '') return false;
        return of(policy, version).every(({ rollout, at: since }) => {
          const { rings = [] } = policy;
          const ring = rings.length > 0 ? ringOf(device, rings, rollout) : 0;
          const open = rings.slice(ring).map(({ name }) => openedAt.get(`${keyOf(rollout)} ${name}`) ?? Number.POSITIVE_INFINITY);
          // A call that began before may be answered as things were then.
          const isLong = rings.length === 0 || Math.min(...open) < at - CALL_MS;
          return rollout.state === 'running' && since < at - CALL_MS && isLong;
        });
      });
    },
    isSkipped: (version) => [...rollouts.values()].some(({ rollout }) => rollout.version === version && rollout.state === 'skipped'),
    onRolloutsSaved(saved) {
      expedites.onRolloutsSaved(saved);
      for (const rollout of saved) {
        const before = rollouts.get(keyOf(rollout));
        const at = before?.rollout.state === rollout.state ? before.at : scheduler.now();
        rollouts.set(keyOf(rollout), { rollout: structuredClone(rollout), at });
        for (const { ring } of rollout.openings) {
          const key = `${keyOf(rollout)} ${ring}`;
          if (!openedAt.has(key)) openedAt.set(key, scheduler.now());
        }
      }
    },
    onActBegun(act) {
      const { what, rollout } = act;
      expedites.onActBegun(act);
      if (what === 'unskip' && rollout) skipped.delete(keyOf(rollout));
    },
    onAct(act) {
      const { at, what, rollout } = act;
      expedites.onAct(act);
      if (what === 'skip' && rollout) skipped.set(keyOf(rollout), at);
    },
  };
}
