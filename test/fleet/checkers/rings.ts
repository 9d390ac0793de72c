import type { WorldEvent } from '../../../src/sim/world.types.ts';
import type { Checker, CheckerKind, Watched } from './checker.types.ts';
import { versionCommanded } from './commanded.ts';
import { createOpenRings } from './open-rings.ts';
import { createReported } from './reported.ts';
import { isInstallAction } from './under-way.ts';

/** A call that was right when it began may end later. */
const CALL_MS = 5_000;

/**
 * Promise 11, its part about rings: no device gets a release before its ring was opened, or while the rollout is halted; and
 * an open ring stays open. By what the store was told of rollouts, and what devices and the server's queue then got.
 */
export const rings: CheckerKind = { promise: 11, title: 'rings open one after the other', file: 'rings.ts', create };

function create({ fleet: { world, policy, scheduler }, violate }: Watched): Checker {
  const known = createOpenRings({ policy, scheduler });
  const openings = new Map<string, string[]>();
  const reported = createReported();

  function onHandedOut(device: string, version: string, at: number, what: string, slackMs: number): void {
    const found = known.of(version);
    if (found.length === 0) violate(device, `${what} ${version}, of which no rollout has begun`);
    const why = found.map(({ rollout, since }) => {
      const ring = known.ring(device, rollout);
      if (!ring.isOpen) return `its ring ${ring.name} is not open`;
      return rollout.state === 'halted' && at > since + slackMs ? `its rollout was halted at ${new Date(since).toISOString()}` : '';
    });
    if (found.length > 0 && why.every((reason) => reason !== '')) violate(device, `${what} ${version}, and ${why.join(', ')}`);
  }

  function onInstall({ device: id, at, action, target }: WorldEvent & { kind: 'enqueue' }): void {
    const device = world.device(id);
    // What names nothing of Apple's is promise 2's.
    for (const named of target?.split(' ') ?? [])
      onHandedOut(id, (device && versionCommanded(world, reported, device, named)) ?? named, at, `got ${action} of`, CALL_MS);
  }

  return {
    onRolloutsSaved(saved) {
      for (const { policy: name, release, openings: now } of saved) {
        const key = `${name} ${release}`;
        const rings = now.map(({ ring }) => ring);
        for (const ring of openings.get(key) ?? []) {
          if (!rings.includes(ring)) violate('', `the ring ${ring} of ${key} was open and no longer is`);
        }
        openings.set(key, rings);
      }
      known.saved(saved);
    },
    onEvent(event) {
      if (policy.rings !== undefined) {
        if (event.kind === 'dm' && event.status === 200 && event.enforcement)
          onHandedOut(event.device, event.enforcement.targetOSVersion, event.at, 'was handed', 0);
        const isInstall = event.kind === 'enqueue' && event.requestType === 'ScheduleOSUpdate' && isInstallAction(event.action);
        if (isInstall && event.result === 'queued') onInstall(event);
      }
      reported.note(event);
    },
  };
}
