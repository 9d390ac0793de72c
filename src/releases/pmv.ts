import { createHash } from 'node:crypto';
import { z } from 'zod';
import { formatVersion, parseVersion } from '../os/version.ts';
import type { UtcDate } from '../time/utc-date.ts';
import { isUtcDate } from '../time/utc-date.ts';
import type { AssetSet, LookupPlatform, PmvAnswer, PmvAsset } from './catalogue.types.ts';

/**
 * Reads an answer of Apple's software lookup service (`https://gdmf.apple.com/v2/pmv`) into a normal form: the same
 * facts in another order, in other groupings or under an older spelling give the same value. Whatever can't be read is
 * dropped and counted; nothing here throws.
 */

export type PmvReading = { ok: true; answer: PmvAnswer } | { ok: false; detail: string };

/** Names of the sets; the third was renamed on 2025-10-30. Others are ignored. */
const SETS: ReadonlyMap<string, AssetSet> = new Map([
  ['PublicAssetSets', 'public'],
  ['AssetSets', 'managed'],
  ['PublicRapidSecurityResponses', 'improvement'],
  ['PublicBackgroundSecurityImprovements', 'improvement'],
]);

/** Until 2024-10-01 both spellings stood side by side. */
const PLATFORM_SPELLINGS: ReadonlyMap<string, LookupPlatform> = new Map([['xrOS', 'visionOS']]);

/** (release, device) pairs of one answer that are read; the largest answer on record has 3,500. */
const PAIRS_MAX = 200_000;

const Text = z.string().trim().min(1).max(64);
const DateText = z
  .string()
  .transform((text) => text.slice(0, 10))
  .refine(isUtcDate);

const Entry = z.object({
  ProductVersion: Text,
  ProductVersionExtra: Text.optional().catch(undefined),
  Build: Text.optional().catch(undefined),
  PrerequisiteBuild: Text.optional().catch(undefined),
  PostingDate: DateText.optional().catch(undefined),
  ExpirationDate: DateText.optional().catch(undefined),
  SupportedDevices: z.array(z.unknown()),
});

interface Dates {
  postingDate?: UtcDate;
  expirationDate?: UtcDate;
}

/** Entries that differ in dates and devices only. */
interface Merged {
  asset: Omit<PmvAsset, 'devices'>;
  datesByDevice: Map<string, Dates>;
}

/** Reads the text of an answer. Text that isn't JSON, or JSON that isn't an object, is no answer at all: an outage. */
export function parsePmv(body: string): PmvReading {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    return { ok: false, detail: 'The answer is not JSON.' };
  }
  if (!isDictionary(value)) return { ok: false, detail: 'The answer is not a JSON object.' };
  return { ok: true, answer: readPmv(value) };
}

/** Reads a decoded answer. An unreadable one gives an answer without assets, which the catalogue doubts. */
export function readPmv(value: unknown): PmvAnswer {
  const merged = new Map<string, Merged>();
  const sets = new Set<AssetSet>();
  let droppedEntries = 0;
  let pairs = 0;
  for (const [setName, platforms] of entriesOf(value)) {
    const set = SETS.get(setName);
    if (set === undefined) continue;
    sets.add(set);
    for (const [platformName, list] of entriesOf(platforms)) {
      const platform = PLATFORM_SPELLINGS.get(platformName) ?? platformName;
      if (!Array.isArray(list) || platform.length > 32) {
        droppedEntries += 1;
        continue;
      }
      for (const item of list) {
        const entry = readEntry(set, platform, item);
        pairs += entry?.devices.length ?? 0;
        if (entry === undefined || pairs > PAIRS_MAX) droppedEntries += 1;
        else merge(merged, entry);
      }
    }
  }
  const groups = [...merged.entries()].sort(([a], [b]) => compareText(a, b));
  return {
    assets: groups.flatMap(([, group]) => assetsOf(group)),
    sets: [...sets].sort(),
    droppedEntries,
    digest: digestOf(groups),
  };
}

/** Undefined when the entry can't be used: no version, no devices, or an improvement that doesn't say which one it is. */
function readEntry(set: AssetSet, platform: LookupPlatform, item: unknown): PmvAsset | undefined {
  const entry = Entry.safeParse(item);
  if (!entry.success) return undefined;
  const version = parseVersion(entry.data.ProductVersion, entry.data.ProductVersionExtra);
  const devices = entry.data.SupportedDevices.filter((device) => typeof device === 'string' && device !== '' && device.length <= 64);
  if (version === undefined || devices.length === 0) return undefined;
  if (set === 'improvement' && version.extra === '') return undefined;
  const { PostingDate: postingDate, ExpirationDate: expirationDate } = entry.data;
  // Nothing expires before it is posted: an expiration that says so would take back what is offered.
  const isNonsense = postingDate !== undefined && expirationDate !== undefined && expirationDate < postingDate;
  return {
    set,
    platform,
    version,
    build: entry.data.Build,
    prerequisiteBuild: entry.data.PrerequisiteBuild,
    postingDate,
    expirationDate: isNonsense ? undefined : expirationDate,
    devices: devices as string[],
  };
}

/** Apple lists one build in several entries with other devices and dates: earliest posting, latest expiration, per device. */
function merge(merged: Map<string, Merged>, { devices, postingDate, expirationDate, ...asset }: PmvAsset): void {
  const key = JSON.stringify([asset.set, asset.platform, formatVersion(asset.version), asset.build ?? '', asset.prerequisiteBuild ?? '']);
  let group = merged.get(key);
  if (group === undefined) {
    group = { asset, datesByDevice: new Map() };
    merged.set(key, group);
  }
  for (const device of devices) {
    const known = group.datesByDevice.get(device);
    group.datesByDevice.set(device, {
      postingDate: earliest(known?.postingDate, postingDate),
      expirationDate: latest(known?.expirationDate, expirationDate),
    });
  }
}

function assetsOf(group: Merged): PmvAsset[] {
  const byDates = new Map<string, PmvAsset>();
  for (const device of [...group.datesByDevice.keys()].sort()) {
    const dates = group.datesByDevice.get(device) as Dates;
    const key = `${dates.expirationDate ?? ''} ${dates.postingDate ?? ''}`;
    const asset = byDates.get(key);
    if (asset) asset.devices.push(device);
    else byDates.set(key, compact({ ...group.asset, ...dates, devices: [device] }));
  }
  return [...byDates.entries()].sort(([a], [b]) => compareText(a, b)).map(([, asset]) => asset);
}

function digestOf(groups: [string, Merged][]): string {
  const listed = groups.map(([key, group]) => [key, [...group.datesByDevice.keys()].sort()]);
  return createHash('sha256').update(JSON.stringify(listed)).digest('hex');
}

/** The earlier of two dates; an absent one gives way. */
export function earliest(a: UtcDate | undefined, b: UtcDate | undefined): UtcDate | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}

/** The later of two dates; an absent one gives way. */
export function latest(a: UtcDate | undefined, b: UtcDate | undefined): UtcDate | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a > b ? a : b;
}

/** Without keys that are undefined, so that the value survives JSON unchanged. */
function compact(asset: PmvAsset): PmvAsset {
  return Object.fromEntries(Object.entries(asset).filter(([, value]) => value !== undefined)) as unknown as PmvAsset;
}

function isDictionary(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function entriesOf(value: unknown): [string, unknown][] {
  return isDictionary(value) ? Object.entries(value) : [];
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
