import type { WorldEvent } from '../../../src/sim/world.types.ts';
import type { Checker, CheckerKind, Watched } from './checker.types.ts';
import { commandedVersion } from './commanded.ts';
import { CALL_MS, createOpenRings } from './open-rings.ts';
import { createReported } from './reported.ts';
import { isInstallAction } from './under-way.ts';

/**
 * Promise 11, its part about rings: no device gets a release before its ring was opened, or while the rollout is halted or
 * skipped; and an open ring stays open. By what the store and a person were told of rollouts, under a policy that may have
 * been in force, and what devices and the server's queue then got.
 */
export const rings: CheckerKind = { promise: 11, title: 'rings open one after the other', file: 'rings.ts', create };

function create({ fleet, violate }: Watched): Checker {
  const { policies, world } = fleet;
  const known = createOpenRings(fleet);
  const openings = new Map<string, readonly string[]>();
  const reported = createReported();

  function onHandedOut(device: string, version: string, at: number, what: string, slackMs: number): void {
    const why = policies.at(at).map((policy) => known.objection(policy, device, version, at, slackMs));
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
    ...known,
    onRolloutsSaved(saved) {
      for (const { policy, release, openings: now } of saved) {
        const key = `${policy} ${release}`;
        const rings = now.map(({ ring }) => ring);
        for (const ring of openings.get(key) ?? []) {
          if (!rings.includes(ring)) violate('', `the ring ${ring} of ${key} was open and no longer is`);
        }
        openings.set(key, rings);
      }
      known.onRolloutsSaved(saved);
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
