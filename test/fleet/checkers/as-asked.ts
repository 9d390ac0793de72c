import type { WorldDevice, WorldEvent } from '../../../src/sim/world.types.ts';
import type { Checker, CheckerKind, Watched } from './checker.types.ts';
import { commandedVersion } from './commanded.ts';
import { createFeedAsRead } from './feed-as-read.ts';
import { createReported } from './reported.ts';
import { createTargetTold } from './target-told.ts';

/** What a device told within this may not have been looked at yet. */
const LOOK_MS = 2 * 3_600_000;

/**
 * Promise 2, its part about policies: no device is handed a release, or sent a command for one, that no policy in force
 * means: beyond its cap or n-1, of another major version, for a device on its floor.
 */
export const asAsked: CheckerKind = { promise: 2, title: 'only what the policy means', file: 'as-asked.ts', create };

function create({ fleet, violate }: Watched): Checker {
  const { world, policies, scheduler } = fleet;
  const reported = createReported();
  const feed = createFeedAsRead(world);
  const told = createTargetTold(fleet, feed);

  function onTarget(device: WorldDevice, version: string, what: string): void {
    const runs = [reported.latest(device.id)?.version, reported.before(device.id, scheduler.now() - LOOK_MS)];
    const known = runs.filter((one) => one !== undefined);
    const inForce = policies.at(scheduler.now());
    if (inForce.some((policy) => told.isMeant(policy, device, version, known))) return;
    const wanted = inForce.map(({ target = 'latest', floor, cap }) => [target, floor && `floor ${floor}`, cap && `cap ${cap}`]);
    violate(
      device.id,
      `${what} ${version}, runs ${known[0]}, and is asked for ${wanted.map((words) => words.filter(Boolean).join(', ')).join(' or ')}`,
    );
  }

  function onCommand({ target = '' }: WorldEvent & { kind: 'enqueue' }, device: WorldDevice): void {
    for (const one of target.split(' ')) {
      const version = commandedVersion(world, device, one, reported.latest(device.id)?.version);
      // What is nothing of Apple's is another promise's.
      if (version !== undefined) onTarget(device, version, 'was commanded to');
    }
  }

  return {
    onCatalogueSaved: feed.saved,
    onEvent(event) {
      const device = world.device(event.device);
      if (device && event.kind === 'dm' && event.enforcement !== undefined)
        onTarget(device, event.enforcement.targetOSVersion, 'was handed');
      if (device && event.kind === 'enqueue' && event.requestType === 'ScheduleOSUpdate' && event.result !== 'exists')
        onCommand(event, device);
      reported.note(event);
      feed.note(event);
    },
  };
}
