import { createHash } from 'node:crypto';
import type { Rollout } from '../../../src/rollout/rollout.types.ts';
import type { WorldEvent } from '../../../src/sim/world.types.ts';
import type { Checker, CheckerKind, Watched } from './checker.types.ts';
import { isInstallAction } from './under-way.ts';

/** A call that was right when it began may end later. */
const CALL_MS = 5_000;

/**
 * Promise 11, its part about rings: no device gets a release before its ring was opened, or while the rollout is halted; and
 * an open ring stays open. By what the store was told of rollouts, and what devices and the server's queue then got.
 */
export const rings: CheckerKind = { promise: 11, title: 'rings open one after the other', file: 'rings.ts', create };

function create({ fleet: { policy, scheduler }, violate }: Watched): Checker {
  /** By policy and version: as stored, and when it came into its state. */
  const rollouts = new Map<string, { rollout: Rollout; at: number }>();
  const names = policy.rings?.map(({ name }) => name) ?? [];

  function ringOf(device: string, { policy: name, chosen }: Rollout): number {
    const slot = (createHash('sha256').update(`${name}\n${device}`).digest().readUIntBE(0, 6) / 2 ** 48) * 100;
    let below = 0;
    const index = (policy.rings ?? []).findIndex(({ name: ring, percent = 0, devices }) => {
      below += percent;
      return slot < below || (devices !== undefined && chosen[ring]?.includes(device));
    });
    return index < 0 ? names.length - 1 : index;
  }

  function onHandedOut(device: string, version: string, at: number, what: string, slackMs: number): void {
    const found = [...rollouts.values()].filter(({ rollout }) => rollout.version === version);
    if (found.length === 0) violate(device, `${what} ${version}, of which no rollout has begun`);
    const why = found.map(({ rollout, at: since }) => {
      const open = rollout.openings.map(({ ring }) => names.indexOf(ring));
      const ring = ringOf(device, rollout);
      if (!open.some((index) => index >= ring)) return `its ring ${names[ring]} is not open`;
      return rollout.state === 'halted' && at > since + slackMs ? `its rollout was halted at ${new Date(since).toISOString()}` : '';
    });
    if (found.length > 0 && why.every((reason) => reason !== '')) violate(device, `${what} ${version}, and ${why.join(', ')}`);
  }

  function onDm({ device, at, enforcement }: WorldEvent & { kind: 'dm' }): void {
    if (enforcement) onHandedOut(device, enforcement.targetOSVersion, at, 'was handed', 0);
  }

  return {
    onRolloutsSaved(saved) {
      for (const rollout of saved) {
        const key = `${rollout.policy} ${rollout.release}`;
        const before = rollouts.get(key)?.rollout;
        const lost = before?.openings.filter(({ ring }) => !rollout.openings.some((opening) => opening.ring === ring)) ?? [];
        for (const { ring } of lost) violate('', `the ring ${ring} of ${key} was open and no longer is`);
        const isSame = before?.state === rollout.state;
        rollouts.set(key, { rollout: structuredClone(rollout), at: isSame ? (rollouts.get(key)?.at ?? 0) : scheduler.now() });
      }
    },
    onEvent(event) {
      if (policy.rings === undefined) return;
      if (event.kind === 'dm' && event.status === 200) onDm(event);
      if (
        event.kind === 'enqueue' &&
        event.requestType === 'ScheduleOSUpdate' &&
        event.result === 'queued' &&
        isInstallAction(event.action)
      )
        onHandedOut(event.device, event.target ?? '', event.at, `got ${event.action} of`, CALL_MS);
    },
  };
}
