import { z } from 'zod';
import { REASON_GROUPS } from '../reasons/groups.ts';
import type { ReasonGroup } from '../reasons/reason.types.ts';
import { PlanState } from './plan-answers.ts';

/** Part of answers.ts: lists of devices, the fleet in numbers, and how it was on earlier days. */

const Group = z.enum(REASON_GROUPS);
/** Devices by group; a group without any is 0. */
const ByGroup = z.looseObject(Object.fromEntries(REASON_GROUPS.map((group) => [group, z.int()])) as Record<ReasonGroup, z.ZodInt>);

export const DeviceAnswer = PlanState.extend({
  id: z.string(),
  serial: z.string().optional(),
  /** As people named it. */
  name: z.string().optional(),
  platform: z.string(),
  productName: z.string().optional(),
  /** What it runs, the letter of an improvement included. */
  osVersion: z.string().optional(),
  build: z.string().optional(),
  ring: z.string().optional(),
  tags: z.array(z.string()),
  group: Group,
  /** `date` is in force; else it is what would be. */
  isHandedOut: z.boolean(),
  /** It fetched a date and is not known to have given it back. */
  isHolding: z.boolean(),
  /** It misses a release it could install that fixes an exploited CVE; absent where that can't be told. */
  isExposed: z.boolean().optional(),
  /** Kinds of what other tools tell it about updates; absent: nothing is known of. */
  conflicts: z.array(z.string()).optional(),
  /** 0: not heard of yet. */
  lastSeenAt: z.int(),
  /** What happens next, for people. */
  next: z.string(),
});
export type DeviceAnswer = z.infer<typeof DeviceAnswer>;

export const DevicesAnswer = z.looseObject({
  schema: z.literal('ratchet.devices/1'),
  /** All that the filter means, on whatever page. */
  total: z.int(),
  devices: z.array(DeviceAnswer),
  /** The cursor of the next page; absent on the last one. */
  next: z.string().optional(),
});
export type DevicesAnswer = z.infer<typeof DevicesAnswer>;

export const ReleaseDevicesAnswer = z.looseObject({
  schema: z.literal('ratchet.release-devices/1'),
  /** Every release that is known. `couldTake`: Apple lists it for their model and they run something older; `run`: they run this one. */
  releases: z.array(z.looseObject({ release: z.string(), couldTake: z.int(), run: z.int() })),
});
export type ReleaseDevicesAnswer = z.infer<typeof ReleaseDevicesAnswer>;

const VersionCount = z.looseObject({
  /** Absent for those whose version is not known. */
  version: z.string().optional(),
  devices: z.int(),
});

const ExposureCount = z.looseObject({ devices: z.int(), of: z.int() });

export const FleetAnswer = z.looseObject({
  schema: z.literal('ratchet.fleet/1'),
  at: z.int(),
  state: z.enum(['running', 'paused', 'stopped', 'left', 'held']),
  /** Why it is held. */
  because: z.string().optional(),
  /** Paused by a person. */
  pausedPolicies: z.array(z.string()),
  devices: z.int(),
  groups: ByGroup,
  /** Those that devices have; what a person should look at first comes first. */
  reasons: z.array(
    PlanState.pick({ reason: true }).extend({
      devices: z.int(),
      group: Group,
      sentence: z.string(),
      remedy: z.string(),
      needsPerson: z.boolean(),
    }),
  ),
  /** Most devices first, and of each the newest version first. Devices that left are not counted. */
  platforms: z.array(z.looseObject({ platform: z.string(), devices: z.int(), versions: z.array(VersionCount) })),
  /** By name; the devices under none have no `policy`. */
  policies: z.array(z.looseObject({ policy: z.string().optional(), devices: z.int(), groups: ByGroup })),
  rings: z.array(z.looseObject({ policy: z.string(), ring: z.string(), devices: z.int(), groups: ByGroup })),
  /** Devices with a date in force, and devices that are known to hold one. */
  handedOut: z.int(),
  holding: z.int(),
  /** Dates in force on each of 30 days (yyyy-mm-dd, the devices' own), beginning with the first that is not over everywhere. */
  restarts: z.array(z.looseObject({ date: z.string(), devices: z.int() })),
  /** Dates in force after those days. */
  later: z.int(),
  /** Dates in force on days that are over everywhere; the first of these days. */
  overdue: z.looseObject({ devices: z.int(), since: z.string().optional() }),
  /**
   * Devices that miss a release they could install that fixes an exploited CVE, and devices of which that can be told.
   * Absent while SOFA has told nothing.
   */
  exposure: z
    .looseObject({
      ...ExposureCount.shape,
      /** Platforms of which it can be told of some device, most exposed devices first. */
      platforms: z.array(ExposureCount.extend({ platform: z.string() })),
    })
    .optional(),
  /** Changes that wait for a person because they touch many devices. */
  held: z.array(
    z.looseObject({
      kind: z.enum(['policies', 'severities']),
      /** The name of the file, or of SOFA's platform. */
      name: z.string(),
      /** The id it is accepted by. */
      plan: z.string(),
      since: z.int(),
      handedOut: z.int(),
      broughtForward: z.int(),
      limit: z.int(),
    }),
  ),
  alerts: z.array(z.looseObject({ key: z.string(), at: z.int(), sentence: z.string() })),
  releasesCheckedAt: z.int().optional(),
});
export type FleetAnswer = z.infer<typeof FleetAnswer>;

/** A day on which a release came, or on which a policy in force wants it. */
const ReleaseDay = z.looseObject({
  day: z.string(),
  /** As Apple's list has it: iOS also means iPadOS and tvOS. */
  platform: z.string(),
  version: z.string(),
  /** `released`: first seen here. `due`: for devices that were under the policy from the beginning, in the zone of `timeZone`. */
  kind: z.enum(['released', 'due']),
  /** Of `due`. */
  policy: z.string().optional(),
  /** Of `released`: exploited CVEs it fixes; absent for none, or where SOFA did not tell. */
  exploited: z.int().optional(),
});
export type ReleaseDay = z.infer<typeof ReleaseDay>;

export const FleetHistoryAnswer = z.looseObject({
  schema: z.literal('ratchet.fleet-history/1'),
  /** UTC days, yyyy-mm-dd, both included. */
  from: z.string(),
  until: z.string(),
  /** The earliest first; a day on which nothing was counted is left out. */
  days: z.array(
    z.looseObject({
      day: z.string(),
      at: z.int(),
      groups: z.record(z.string(), z.int()),
      /** As in the fleet of today; absent where it could be told of none. */
      exposed: z.int().optional(),
      versions: z.array(VersionCount.extend({ platform: z.string() })),
    }),
  ),
  /**
   * Device-days of these days on which a device missed the fix of something exploited: each day that was counted stands for
   * itself, with the devices that were exposed when it was. `days`: on so many it could be told. Absent where on none.
   */
  exposure: z.looseObject({ deviceDays: z.int(), days: z.int() }).optional(),
  /** From the first of these days to three weeks after the last, the earliest first. */
  releaseDays: z.array(ReleaseDay),
});
export type FleetHistoryAnswer = z.infer<typeof FleetHistoryAnswer>;
