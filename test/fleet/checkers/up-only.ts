import { compareVersionTexts } from '../../../src/sim/table.ts';
import type { WorldDevice, WorldEvent } from '../../../src/sim/world.types.ts';
import type { Checker, CheckerKind, Watched } from './checker.types.ts';
import { commandedVersion } from './commanded.ts';
import { createFeedAsRead } from './feed-as-read.ts';
import { createReported } from './reported.ts';
import { hadTimeToRepair } from './time-to-repair.ts';
import { createTold } from './told.ts';

/** Promise 2: nothing is asked of a device that is not newer than what it runs, offered to it, and wanted by Apple. */
export const upOnly: CheckerKind = { promise: 2, title: 'up only, real only', file: 'up-only.ts', create };

function create({ fleet, violate }: Watched): Checker {
  const { world } = fleet;
  const reported = createReported();
  const feed = createFeedAsRead(world);
  const told = createTold();

  function onTarget(device: WorldDevice, target: string, isOffered: boolean): void {
    const { version: runs, sentAt = 0 } = reported.latest(device.id) ?? {};
    if (runs !== undefined && compareVersionTexts(target, runs) <= 0 && hadTimeToRepair(fleet, sentAt))
      violate(device.id, `was handed ${target} and had told that it runs ${runs}`);
    if (!isOffered) violate(device.id, `was handed ${target}, which Apple does not offer it`);
  }

  /** Macs told under which key Apple lists them from 12 on; before, what they list themselves is offered to them. */
  function isOfferedByList(device: WorldDevice, version: string): boolean {
    const runs = reported.latest(device.id)?.version ?? device.spec.osVersion;
    const hasKey = device.spec.model.family !== 'Mac' || compareVersionTexts(runs, '12') >= 0;
    return !hasKey && told.isListed(device.id, version) && !feed.isTakenBack(device, version);
  }

  function onCommand(event: WorldEvent & { kind: 'enqueue' }, device: WorldDevice): void {
    for (const target of event.target?.split(' ') ?? []) {
      const version = commandedVersion(world, device, target, reported.latest(device.id)?.version);
      if (version === undefined) violate(device.id, `was commanded to ${target}, which is nothing of Apple's for it`);
      else onTarget(device, version, feed.isOffered(device, version) || isOfferedByList(device, version));
    }
  }

  return {
    onCatalogueSaved: feed.saved,
    onEvent(event) {
      const device = world.device(event.device);
      if (device && event.kind === 'dm' && event.enforcement !== undefined) {
        const target = event.enforcement.targetOSVersion;
        onTarget(device, target, feed.isOffered(device, target));
      }
      if (device && event.kind === 'enqueue' && event.requestType === 'ScheduleOSUpdate' && event.result !== 'exists')
        onCommand(event, device);
      reported.note(event);
      feed.note(event);
      told.note(event);
    },
  };
}
