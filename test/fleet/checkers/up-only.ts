import { compareVersionTexts } from '../../../src/sim/table.ts';
import type { Checker, CheckerKind, Watched } from './checker.types.ts';
import { createFeedAsRead } from './feed-as-read.ts';
import { createReported } from './reported.ts';

/** Promise 2: nothing is asked of a device that is not newer than what it runs, offered to it, and wanted by Apple. */
export const upOnly: CheckerKind = { promise: 2, title: 'up only, real only', file: 'up-only.ts', create };

function create({ fleet: { world }, violate }: Watched): Checker {
  const reported = createReported();
  const feed = createFeedAsRead(world);
  return {
    onEvent(event) {
      if (event.kind === 'dm' && event.enforcement !== undefined) {
        const target = event.enforcement.targetOSVersion;
        const runs = reported.latest(event.device)?.version;
        const device = world.device(event.device);
        if (runs !== undefined && compareVersionTexts(target, runs) <= 0)
          violate(event.device, `was handed ${target} and had told that it runs ${runs}`);
        if (device && !feed.isOffered(device, target)) violate(event.device, `was handed ${target}, which Apple does not offer it`);
      }
      reported.note(event);
      feed.note(event);
    },
  };
}
