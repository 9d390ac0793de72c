import { instantOfLocal } from '../../../src/sim/zone.ts';
import type { Checker, CheckerKind, Watched } from './checker.types.ts';
import { createExpedites } from './expedites.ts';
import { hadTimeToRepair } from './time-to-repair.ts';

const HOUR_MS = 3_600_000;
const NOTICE_MS = 24 * HOUR_MS;
const EXPEDITED_NOTICE_MS = 4 * HOUR_MS;
/** Placed in another server it is to be replaced so much earlier. */
const PLACED_MARGIN_MS = HOUR_MS / 2;

/**
 * Promise 4, its part about notice: nobody fetches a date nearer than 24 hours, told by the device's own clock; nor one nearer
 * than 4 hours of a release that a person wants sooner.
 */
export const notice: CheckerKind = { promise: 4, title: 'no date is fetched without its notice', file: 'notice.ts', create };

function create({ fleet, violate }: Watched): Checker {
  const { world } = fleet;
  const expedites = createExpedites(fleet);
  return {
    ...expedites,
    onEvent(event) {
      if (event.kind !== 'dm' || event.enforcement === undefined) return;
      const local = event.enforcement.targetLocalDateTime;
      const device = world.device(event.device);
      const at = instantOfLocal(local, device?.spec.timeZone ?? 'UTC');
      const isExpedited = device !== undefined && expedites.dueOf(device, event.enforcement.targetOSVersion, event.at) !== undefined;
      const noticeMs = isExpedited ? EXPEDITED_NOTICE_MS : NOTICE_MS;
      if (at === undefined) violate(event.device, `was handed the date ${local}, which is none`);
      else if (at < event.at + noticeMs && hadTimeToRepair(fleet, at - noticeMs - PLACED_MARGIN_MS))
        violate(
          event.device,
          `fetched the date ${local} when its clock showed ${event.local}: ${((at - event.at) / HOUR_MS).toFixed(1)} h of notice`,
        );
    },
  };
}
