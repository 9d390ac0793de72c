import type { VersionText } from '../os/version.ts';
import type { Instant } from '../time/local.ts';
import type { UtcDate } from '../time/utc-date.ts';
import type { EnrollmentRow, LocalDate } from './enrollment-row.ts';

/** What pages and the API read: lists and counts over the whole fleet, and how it was on earlier days. */
export interface ListStore {
  /** One page of the devices a query means. Rejects with `DeviceQueryError` where it means nothing. */
  listDevices(query: DeviceQuery): Promise<DevicePage>;
  /** How many devices there are of each kind, told apart by these and nothing else. Without a filter, of all. */
  countDevices<Key extends CountKey>(by: readonly Key[], filter?: DeviceFilter): Promise<DeviceCount<Key>[]>;
  /** Writes a day in place of what was there of it, and forgets the days before `keepFrom`. All or nothing. */
  saveFleetDay(day: FleetDay, keepFrom: UtcDate): Promise<void>;
  /** The days from one to the other, both included, the earliest first; days on which nothing was written are left out. */
  listFleetDays(from: UtcDate, until: UtcDate): Promise<FleetDay[]>;
}

/** A device is meant when all that is given holds for it. Values are data: what no device has finds none. */
export interface DeviceFilter {
  /** A part of its name, serial number, enrollment id or of one of its tags; case, accents and the kind of apostrophe don't matter. */
  q?: string;
  /** Any of these; none of them finds nothing. */
  reasons?: readonly string[];
  platform?: string;
  /** This version and no other, its letter included; 26.1 and 26.1.0 are one. */
  version?: VersionText;
  policy?: string;
  ring?: string;
  tag?: string;
  /** Its date is on one of these days, both included. */
  from?: LocalDate;
  until?: LocalDate;
  isHandedOut?: boolean;
  isHolding?: boolean;
  isExposed?: boolean;
  /** Lookup keys of Apple's list: any of these; none of them finds nothing. */
  lookupKeys?: readonly string[];
  /** It is known to run something older than this version. */
  below?: VersionText;
}

export const DEVICE_SORTS = ['id', 'serial', 'name', 'platform', 'version', 'reason', 'policy', 'date', 'lastSeenAt'] as const;
export type DeviceSort = (typeof DEVICE_SORTS)[number];

export interface DeviceQuery extends DeviceFilter {
  /** Devices that are alike in it come in order of their ids, in the same direction; those that lack it come last in both. */
  sort: DeviceSort;
  isDescending: boolean;
  /** 1 to DEVICES_PER_PAGE_MAX. */
  limit: number;
  /** `next` of the page before, with the same sort and direction. */
  cursor?: string;
}

export const DEVICES_PER_PAGE_MAX = 1_000;
/** Longest text searched for, in UTF-16 units. */
export const SEARCH_TEXT_MAX = 200;

export interface DevicePage {
  devices: EnrollmentRow[];
  /** All that the filter means, on whatever page. */
  total: number;
  /**
   * Where the next page begins; absent on the last one. A place in the order, no number of a row: whatever changes in
   * between, a device that keeps its place is neither left out nor told twice.
   */
  next?: string;
}

/** What devices can be counted by. */
export interface Countable {
  reason: string;
  platform: string;
  /** With its letter; absent while not known. */
  runs?: VersionText;
  policy?: string;
  ring?: string;
  date?: LocalDate;
  isHandedOut: boolean;
  isHolding: boolean;
  isExposed?: boolean;
  /** Under which Apple's list has it; absent while not known. */
  lookupKey?: string;
}

export type CountKey = keyof Countable;

/** So many devices are alike in these. */
export type DeviceCount<Key extends CountKey = CountKey> = Pick<Countable, Key> & { devices: number };

/** The fleet as it was counted once on a day. */
export interface FleetDay {
  day: UtcDate;
  at: Instant;
  /** Devices by the group of their reason. */
  groups: Record<string, number>;
  /** Devices that miss the fix of something exploited; absent where that could be told of none. */
  exposed?: number;
  /** `runs` is absent for those whose version is not known. */
  versions: { platform: string; runs?: VersionText; devices: number }[];
}

/** A query that means nothing: which field, and a sentence that says what is expected. */
export class DeviceQueryError extends Error {
  override name = 'DeviceQueryError';
  constructor(
    readonly field: 'below' | 'cursor' | 'limit' | 'q' | 'version',
    message: string,
  ) {
    super(message);
  }
}
