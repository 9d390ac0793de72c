import { instantOfLocal } from '../../../src/sim/zone.ts';
import type { Checker, CheckerKind, Watched } from './checker.types.ts';

const NOTICE_MS = 24 * 3_600_000;

/** Promise 4, its part about notice: nobody fetches a date nearer than 24 hours, told by the device's own clock. */
export const notice: CheckerKind = { promise: 4, title: 'no date is fetched without its notice', file: 'notice.ts', create };

function create({ fleet: { world }, violate }: Watched): Checker {
  return {
    onEvent(event) {
      if (event.kind !== 'dm' || event.enforcement === undefined) return;
      const local = event.enforcement.targetLocalDateTime;
      const at = instantOfLocal(local, world.device(event.device)?.spec.timeZone ?? 'UTC');
      if (at === undefined) violate(event.device, `was handed the date ${local}, which is none`);
      else if (at < event.at + NOTICE_MS)
        violate(
          event.device,
          `fetched the date ${local} when its clock showed ${event.local}: ${((at - event.at) / 3_600_000).toFixed(1)} h of notice`,
        );
    },
  };
}
