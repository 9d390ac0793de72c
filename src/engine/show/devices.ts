import { REASONS } from '../../reasons/reasons.ts';
import type { Catalogue } from '../../releases/catalogue.types.ts';
import type { Clock } from '../../runtime.ts';
import type { DeviceQuery, EnrollmentRow, ListStore } from '../../store/store.ts';
import type { DeviceAnswer, DevicesAnswer } from '../answers.ts';
import type { AskedDevices } from './device-query.ts';
import { planState } from './plan-row.ts';
import { couldTakeFilter } from './release-devices.ts';
import { nextOf } from './words.ts';

/** One page of devices, as people read them. */
export async function devicesOf(
  store: Pick<ListStore, 'listDevices'>,
  query: AskedDevices,
  catalogue: Catalogue | undefined,
): Promise<DevicesAnswer> {
  const { devices, total, next } = await store.listDevices(meantBy(query, catalogue));
  return { schema: 'ratchet.devices/1', total, devices: devices.map(deviceOf), ...(next === undefined ? {} : { next }) };
}

/** Read at once of a list that is read to its end: 25 ms of processor, and 50 where 100,000 devices are filtered and sorted. */
const AT_ONCE = 1_000;

/**
 * Every device that is meant, in the order asked for, page by page; `limit` and `cursor` don't count. Each page is of its own
 * moment: a device whose place in the order changes in between may be missing or there twice. Ends where the reader stops.
 */
export async function* allDevicesOf(
  store: Pick<ListStore, 'listDevices'>,
  clock: Pick<Clock, 'turn'>,
  asked: AskedDevices,
  catalogue: Catalogue | undefined,
): AsyncGenerator<DeviceAnswer[], void, void> {
  const { cursor: _, ...query } = meantBy(asked, catalogue);
  let next: string | undefined;
  do {
    const page = await store.listDevices({ ...query, limit: AT_ONCE, ...(next === undefined ? {} : { cursor: next }) });
    yield page.devices.map(deviceOf);
    next = page.next;
    await clock.turn();
  } while (next !== undefined);
}

function meantBy({ couldTake, ...query }: AskedDevices, catalogue: Catalogue | undefined): DeviceQuery {
  return couldTake === undefined ? query : { ...query, ...couldTakeFilter(catalogue, couldTake, query.reasons) };
}

function deviceOf({ id, summary, decision }: EnrollmentRow): DeviceAnswer {
  const { serialNumber, deviceName, platform, productName, runs, buildVersion, ring, isExposed } = summary;
  return {
    id,
    ...(serialNumber === undefined ? {} : { serial: serialNumber }),
    ...(deviceName === undefined ? {} : { name: deviceName }),
    platform,
    ...(productName === undefined ? {} : { productName }),
    ...(runs === undefined ? {} : { osVersion: runs }),
    ...(buildVersion === undefined ? {} : { build: buildVersion }),
    ...(ring === undefined ? {} : { ring }),
    tags: [...summary.tags],
    ...planState(decision),
    group: REASONS[decision.reason].group,
    isHandedOut: summary.isHandedOut,
    isHolding: summary.isHolding,
    ...(isExposed === undefined ? {} : { isExposed }),
    ...(decision.conflicts ? { conflicts: [...new Set(decision.conflicts.map(({ kind }) => kind))] } : {}),
    lastSeenAt: summary.lastSeenAt,
    next: nextOf(decision),
  };
}
