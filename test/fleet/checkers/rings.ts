import { createHash } from 'node:crypto';
import type { Rollout } from '../../../src/rollout/rollout.types.ts';
import type { WorldEvent } from '../../../src/sim/world.types.ts';
import type { FleetPolicy, FleetRing } from '../harness.ts';
import { namesOf } from '../policies-told.ts';
import type { Checker, CheckerKind, Watched } from './checker.types.ts';
import { commandedVersion } from './commanded.ts';
import { createReported } from './reported.ts';
import { isInstallAction } from './under-way.ts';

/** A call that was right when it began may end later. */
const CALL_MS = 5_000;

/**
 * Promise 11, its part about rings: no device gets a release before its ring was opened, or while the rollout is halted or
 * skipped; and an open ring stays open. By what the store and a person were told of rollouts, under a policy that may have
 * been in force, and what devices and the server's queue then got.
 */
export const rings: CheckerKind = { promise: 11, title: 'rings open one after the other', file: 'rings.ts', create };

function create({ fleet: { policies, scheduler, world }, violate }: Watched): Checker {
  /** By policy and version: as stored, and when it came into its state. */
  const rollouts = new Map<string, { rollout: Rollout; at: number }>();
  /** Those a person was told to be skipped, by the same key. */
  const skipped = new Map<string, number>();
  const reported = createReported();
  const keyOf = ({ policy, release }: { policy: string; release: string }) => `${policy} ${release}`;

  function ringOf(device: string, rings: readonly FleetRing[], { policy: name, chosen }: Rollout): number {
    const slot = (createHash('sha256').update(`${name}\n${device}`).digest().readUIntBE(0, 6) / 2 ** 48) * 100;
    let below = 0;
    const index = rings.findIndex(({ name: ring, percent = 0, devices }) => {
      below += percent;
      return slot < below || (devices !== undefined && chosen[ring]?.includes(device));
    });
    return index < 0 ? rings.length - 1 : index;
  }

  /** What speaks against it under that policy; empty where nothing does. */
  function objection(policy: FleetPolicy, device: string, version: string, at: number, slackMs: number): string {
    const isOf = ({ policy: name }: Rollout) => namesOf(policy).includes(name);
    const found = [...rollouts.values()].filter(({ rollout }) => rollout.version === version && isOf(rollout));
    if (found.length === 0) return policy.rings === undefined ? '' : 'no rollout of it has begun';
    const why = found.map(({ rollout, at: since }) => {
      if (rollout.state === 'halted' && at > since + slackMs) return `its rollout was halted at ${new Date(since).toISOString()}`;
      const skippedAt = skipped.get(keyOf(rollout));
      if (skippedAt !== undefined && at > skippedAt + slackMs) return `it was skipped at ${new Date(skippedAt).toISOString()}`;
      if (policy.rings === undefined) return '';
      const names = policy.rings.map(({ name }) => name);
      const open = rollout.openings.map(({ ring }) => names.indexOf(ring));
      const ring = ringOf(device, policy.rings, rollout);
      return open.some((index) => index >= ring) ? '' : `its ring ${names[ring]} is not open`;
    });
    return why.every((reason) => reason !== '') ? why.join(', ') : '';
  }

  function onHandedOut(device: string, version: string, at: number, what: string, slackMs: number): void {
    const why = policies.at(at).map((policy) => objection(policy, device, version, at, slackMs));
    if (why.every((reason) => reason !== '')) violate(device, `${what} ${version}, and ${why.join('; ')}`);
  }

  function onDm({ device, at, enforcement }: WorldEvent & { kind: 'dm' }): void {
    if (enforcement) onHandedOut(device, enforcement.targetOSVersion, at, 'was handed', 0);
  }

  function onCommand({ device, at, action, target = '' }: WorldEvent & { kind: 'enqueue' }): void {
    const known = world.device(device);
    for (const one of target.split(' ')) {
      const version = known && commandedVersion(world, known, one, reported.latest(device)?.version);
      onHandedOut(device, version ?? one, at, `got ${action} of`, CALL_MS);
    }
  }

  return {
    onRolloutsSaved(saved) {
      for (const rollout of saved) {
        const key = keyOf(rollout);
        const before = rollouts.get(key)?.rollout;
        const lost = before?.openings.filter(({ ring }) => !rollout.openings.some((opening) => opening.ring === ring)) ?? [];
        for (const { ring } of lost) violate('', `the ring ${ring} of ${key} was open and no longer is`);
        const isSame = before?.state === rollout.state;
        rollouts.set(key, { rollout: structuredClone(rollout), at: isSame ? (rollouts.get(key)?.at ?? 0) : scheduler.now() });
      }
    },
    onActBegun({ what, rollout }) {
      if (what === 'unskip' && rollout) skipped.delete(keyOf(rollout));
    },
    onAct({ at, what, rollout }) {
      if (what === 'skip' && rollout) skipped.set(keyOf(rollout), at);
    },
    onEvent(event) {
      reported.note(event);
      if (event.kind === 'dm' && event.status === 200) onDm(event);
      if (
        event.kind === 'enqueue' &&
        event.requestType === 'ScheduleOSUpdate' &&
        event.result === 'queued' &&
        isInstallAction(event.action)
      )
        onCommand(event);
    },
  };
}
