import { compareVersions, parseVersion, type VersionText } from '../os/version.ts';
import { groupOf, REASON_GROUPS } from '../reasons/groups.ts';
import type { ReasonGroup } from '../reasons/reason.types.ts';
import type { DeviceCount, FleetDay } from '../store/store.ts';
import type { Instant } from '../time/local.ts';
import { utcDateOf } from '../time/utc-date.ts';

/** Totals of the fleet, added up from the store's counts. Pure: pages, the API and the history count alike. */

export type Groups = Record<ReasonGroup, number>;

export type VersionsOf = {
  platform: string;
  devices: number;
  /** The newest first, the unknown one last. */
  versions: { version?: VersionText; devices: number }[];
};

/** What the fleet is counted by for the totals of groups and versions. */
export const FLEET_KEYS = ['reason', 'platform', 'runs'] as const;
export type FleetCount = DeviceCount<(typeof FLEET_KEYS)[number]>;

export function totalOf(counts: readonly { devices: number }[]): number {
  return counts.reduce((sum, { devices }) => sum + devices, 0);
}

/** Every group, those without devices as well. A reason that this version does not know counts in none. */
export function groupsOf(counts: readonly DeviceCount<'reason'>[]): Groups {
  const groups = Object.fromEntries(REASON_GROUPS.map((group) => [group, 0])) as Groups;
  for (const { reason, devices } of counts) {
    const group = groupOf(reason);
    if (group !== undefined) groups[group] += devices;
  }
  return groups;
}

/** Devices by something they have, in the order it first comes. */
export function countedBy<Count, Key>(counts: readonly Count[], keyOf: (count: Count) => Key): Map<Key, Count[]> {
  const found = new Map<Key, Count[]>();
  for (const count of counts) {
    const key = keyOf(count);
    const known = found.get(key);
    if (known) known.push(count);
    else found.set(key, [count]);
  }
  return found;
}

/** Most devices first. What left management is not counted: nobody knows what it runs. */
export function versionsOf(counts: readonly FleetCount[]): VersionsOf[] {
  const here = counts.filter(({ reason }) => reason !== 'unenrolled');
  return [...countedBy(here, ({ platform }) => platform)]
    .map(([platform, some]) => ({
      platform,
      devices: totalOf(some),
      versions: [...countedBy(some, ({ runs }) => runs)]
        .map(([version, alike]) => ({ ...(version === undefined ? {} : { version }), devices: totalOf(alike) }))
        .sort((a, b) => newestFirst(a.version, b.version)),
    }))
    .sort((a, b) => b.devices - a.devices || (a.platform < b.platform ? -1 : 1));
}

function newestFirst(a: VersionText | undefined, b: VersionText | undefined): number {
  const [one, other] = [parseVersion(a), parseVersion(b)];
  if (one && other) return compareVersions(other, one);
  return one ? -1 : other ? 1 : 0;
}

/** Devices that miss the fix of something exploited, of how many; undefined where that can be told of none. */
export function exposureOf(counts: readonly DeviceCount<'isExposed'>[]): { devices: number; of: number } | undefined {
  const told = counts.filter(({ isExposed }) => isExposed !== undefined);
  if (told.length === 0) return undefined;
  return { devices: totalOf(told.filter(({ isExposed }) => isExposed)), of: totalOf(told) };
}

export interface ExposedDays {
  deviceDays: number;
  /** On so many it could be told. */
  days: number;
}

/** Device-days: each counted day stands for itself. Undefined where exposure could be told of none of them. */
export function exposedDaysOf(days: readonly Pick<FleetDay, 'exposed'>[]): ExposedDays | undefined {
  const told = days.flatMap(({ exposed }) => exposed ?? []);
  return told.length === 0 ? undefined : { deviceDays: told.reduce((sum, devices) => sum + devices, 0), days: told.length };
}

/** Platforms of which it can be told of some device, most exposed devices first. */
export function exposureByPlatform(
  counts: readonly DeviceCount<'platform' | 'isExposed'>[],
): { platform: string; devices: number; of: number }[] {
  return [...countedBy(counts, ({ platform }) => platform)]
    .flatMap(([platform, some]) => {
      const exposure = exposureOf(some);
      return exposure === undefined ? [] : [{ platform, ...exposure }];
    })
    .sort((a, b) => b.devices - a.devices || b.of - a.of || (a.platform < b.platform ? -1 : 1));
}

/** What is kept of a day. */
export function fleetDayOf(counts: readonly FleetCount[], exposed: readonly DeviceCount<'isExposed'>[], at: Instant): FleetDay {
  const exposure = exposureOf(exposed);
  return {
    day: utcDateOf(at),
    at,
    groups: groupsOf(counts),
    ...(exposure === undefined ? {} : { exposed: exposure.devices }),
    versions: versionsOf(counts).flatMap(({ platform, versions }) =>
      versions.map(({ version, devices }) => ({ platform, ...(version === undefined ? {} : { runs: version }), devices })),
    ),
  };
}
