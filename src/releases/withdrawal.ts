import type { OsVersion } from '../os/version.ts';
import { compareVersions } from '../os/version.ts';
import type { Instant } from '../time/local.ts';
import type { UtcDate } from '../time/utc-date.ts';
import { utcDateOf } from '../time/utc-date.ts';
import type { Listing, ReleaseKey } from './catalogue.types.ts';
import type { Listings, Told } from './listing.ts';
import { newestByDevice } from './listing.ts';

/** Withdrawals by Apple (rule 2): which newest releases an answer takes back, and from which devices. */

export type Withdrawals = Map<ReleaseKey, string[]>;

/**
 * The newest release of a device disappears from PublicAssetSets for it, and no newer one is there. Newer is judged
 * over all platform keys: visionOS 1.3 once stood under iOS and left it for visionOS 2.0. A release whose expiration
 * date has come is not withdrawn, it has run out.
 */
export function disappeared(before: Listings<Listing>, after: Listings<Told>, at: Instant): Withdrawals {
  const today = utcDateOf(at);
  const newestBefore = newestByDevice(before, isPublicNow);
  const newestAfter = newestByDevice(after, (told) => told.isPublic);
  return collect(before, (version, device, listing) => {
    if (!isPublicNow(listing) || !isSame(newestBefore.get(device), version)) return false;
    const now = newestAfter.get(device);
    return (now === undefined || compareVersions(now, version) < 0) && !hasExpired(listing, today);
  });
}

/**
 * What a withdrawn release looks like to someone who never saw it in PublicAssetSets (a new installation): the newest
 * of a device in AssetSets is newer than the newest it has in PublicAssetSets. In 793 recorded answers this is so for
 * the two withdrawals and for nothing else; Apple puts a release into both sets at once. Judged at first sight only:
 * what is known of a release says more. A device without any public release tells nothing.
 */
export function managedOnly(before: Listings<Listing>, after: Listings<Told>): Withdrawals {
  const newestManaged = newestByDevice(after, (told) => told.isManaged);
  const newestPublic = newestByDevice(after, (told) => told.isPublic);
  return collect(after, (version, device, told, key) => {
    if (!told.isManaged || before.get(key)?.byDevice.has(device) || !isSame(newestManaged.get(device), version)) return false;
    const open = newestPublic.get(device);
    return open !== undefined && compareVersions(version, open) > 0;
  });
}

/**
 * What a doubtful answer takes back (rule 3: it may only make us do less). Believed where it still lists the device in
 * PublicAssetSets, with nothing as new: that is an act. A device it doesn't list at all is what makes it doubtful.
 */
export function disappearedInDoubt(before: Listings<Listing>, after: Listings<Told>, at: Instant): Withdrawals {
  const listed = newestByDevice(after, (told) => told.isPublic);
  const withdrawals = disappeared(before, after, at);
  for (const [key, devices] of withdrawals) {
    const known = devices.filter((device) => listed.has(device));
    if (known.length > 0) withdrawals.set(key, known);
    else withdrawals.delete(key);
  }
  return withdrawals;
}

function collect<Value>(
  listings: Listings<Value>,
  isWithdrawn: (version: OsVersion, device: string, value: Value, key: ReleaseKey) => boolean,
): Withdrawals {
  const withdrawals: Withdrawals = new Map();
  for (const [key, { version, byDevice }] of listings) {
    const devices = [...byDevice].filter(([device, value]) => isWithdrawn(version, device, value, key)).map(([device]) => device);
    if (devices.length > 0) withdrawals.set(key, devices.sort());
  }
  return withdrawals;
}

function isPublicNow(listing: Listing): boolean {
  return listing.isPublic && listing.unlistedAt === undefined;
}

function hasExpired(listing: Listing, today: UtcDate): boolean {
  return listing.expirationDate !== undefined && listing.expirationDate <= today;
}

function isSame(a: OsVersion | undefined, b: OsVersion): boolean {
  return a !== undefined && compareVersions(a, b) === 0;
}
