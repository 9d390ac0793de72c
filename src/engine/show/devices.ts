import { REASONS } from '../../reasons/reasons.ts';
import type { Catalogue } from '../../releases/catalogue.types.ts';
import type { EnrollmentRow, ListStore } from '../../store/store.ts';
import type { DeviceAnswer, DevicesAnswer } from '../answers.ts';
import type { AskedDevices } from './device-query.ts';
import { planState } from './plan-row.ts';
import { couldTakeFilter } from './release-devices.ts';
import { nextOf } from './words.ts';

/** One page of devices, as people read them. */
export async function devicesOf(
  store: Pick<ListStore, 'listDevices'>,
  { couldTake, ...query }: AskedDevices,
  catalogue: Catalogue | undefined,
): Promise<DevicesAnswer> {
  const meant = couldTake === undefined ? query : { ...query, ...couldTakeFilter(catalogue, couldTake, query.reasons) };
  const { devices, total, next } = await store.listDevices(meant);
  return { schema: 'ratchet.devices/1', total, devices: devices.map(deviceOf), ...(next === undefined ? {} : { next }) };
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
    lastSeenAt: summary.lastSeenAt,
    next: nextOf(decision),
  };
}
