import { compareVersions, formatVersion, type OsVersion, parseVersion } from '../os/version.ts';
import type { PmvAnswer } from '../releases/catalogue.types.ts';

/** What Apple said last for each device, read off its answers without the catalogue: what promises are judged by. */
export interface Offered {
  /** An answer; an empty one says nothing. */
  heard(answer: PmvAnswer): void;
  /** It stands in the last answer: for who is not supervised, among what everybody gets (rule 1). */
  isListed(device: { key: string; isSupervised: boolean }, release: string): boolean;
  /** It was the newest for everybody, and then neither it nor anything newer was. */
  isWithdrawn(key: string, release: string): boolean;
}

interface OfDevice {
  listed: Set<string>;
  /** Versions in PublicAssetSets. */
  open: Map<string, OsVersion>;
}

/** `keys`: the lookup keys it is to keep account of. */
export function createOffered(keys: ReadonlySet<string>): Offered {
  let devices = new Map<string, OfDevice>();
  const withdrawn = new Set<string>();
  let digest = '';

  return {
    heard(answer) {
      if (answer.assets.length === 0 || answer.digest === digest) return;
      digest = answer.digest;
      const now = new Map<string, OfDevice>();
      for (const { set, platform, version, devices: listed } of answer.assets) {
        const release = `${platform} ${formatVersion(version)}`;
        for (const key of listed) {
          if (!keys.has(key)) continue;
          const device = now.get(key) ?? { listed: new Set(), open: new Map() };
          device.listed.add(release);
          if (set === 'public') device.open.set(release, version);
          now.set(key, device);
        }
      }
      for (const [key, { open }] of devices) {
        const before = newestOf(open);
        if (before === undefined) continue;
        const after = now.get(key)?.open ?? new Map<string, OsVersion>();
        if (!after.has(before.release) && ![...after.values()].some((version) => compareVersions(version, before.version) > 0))
          withdrawn.add(`${key} ${before.release}`);
      }
      for (const [key, { open }] of now) for (const release of open.keys()) withdrawn.delete(`${key} ${release}`);
      devices = now;
    },
    isListed({ key, isSupervised }, release) {
      const device = devices.get(key);
      return device !== undefined && (isSupervised ? device.listed : device.open).has(release);
    },
    isWithdrawn: (key, release) => withdrawn.has(`${key} ${release}`),
  };
}

function newestOf(open: ReadonlyMap<string, OsVersion>): { release: string; version: OsVersion } | undefined {
  let newest: { release: string; version: OsVersion } | undefined;
  for (const [release, version] of open)
    if (newest === undefined || compareVersions(version, newest.version) > 0) newest = { release, version };
  return newest;
}

/** The version in the name of a release: 26.1 of "iOS 26.1". */
export function versionIn(release: string): OsVersion | undefined {
  return parseVersion(release.slice(release.indexOf(' ') + 1));
}
