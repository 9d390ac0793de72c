import type { OsVersion } from '../os/version.ts';
import { compareVersions } from '../os/version.ts';
import type { Instant } from '../time/local.ts';
import { utcDateOf } from '../time/utc-date.ts';
import type { Catalogue, Offer } from './catalogue.types.ts';

/** What a device may have: lookups in the catalogue by lookup key, and whether an offer can be installed (rules A1, A2, A5). */

interface Index {
  offersByDevice: ReadonlyMap<string, readonly Offer[]>;
  builds: ReadonlySet<string>;
}

const NO_OFFERS: readonly Offer[] = [];

/** One per catalogue value: made once in 10 ms for the whole list, so that a lookup is a map access. */
const indices = new WeakMap<Catalogue, Index>();

function indexOf(catalogue: Catalogue): Index {
  const known = indices.get(catalogue);
  if (known) return known;
  const offersByDevice = new Map<string, Offer[]>();
  const builds = new Set<string>();
  for (const { key, platform, version, groups } of catalogue.releases) {
    for (const { devices, unlistedAt, ...listing } of groups) {
      // Shared by the devices of the group.
      const offer: Offer = { release: key, platform, version, ...listing, isListed: unlistedAt === undefined };
      for (const build of listing.builds) builds.add(build);
      for (const device of devices) {
        const offers = offersByDevice.get(device);
        if (offers) offers.push(offer);
        else offersByDevice.set(device, [offer]);
      }
    }
  }
  for (const offers of offersByDevice.values()) {
    offers.sort((a, b) => compareVersions(b.version, a.version) || (a.release < b.release ? -1 : 1));
  }
  const index = { offersByDevice, builds };
  indices.set(catalogue, index);
  return index;
}

/**
 * Everything known of this device, newest version first: what is listed now, and what was (`isListed: false`).
 * `deviceKey` is what `lookupKey` of src/os gives, case-sensitive. Empty when the device is not known.
 */
export function offersFor(catalogue: Catalogue, deviceKey: string): readonly Offer[] {
  return indexOf(catalogue).offersByDevice.get(deviceKey) ?? NO_OFFERS;
}

/** True when the held answer lists anything for this device. */
export function hasDevice(catalogue: Catalogue, deviceKey: string): boolean {
  return offersFor(catalogue, deviceKey).some((offer) => offer.isListed);
}

/** True for a build that Apple lists or listed for any device: then it is no beta. */
export function isKnownBuild(catalogue: Catalogue, build: string): boolean {
  return indexOf(catalogue).builds.has(build);
}

/** What is known of the device, as far as it decides what can be installed. */
export interface InstallConditions {
  /** Unknown counts as unsupervised. */
  isSupervised: boolean;
  now: Instant;
  /** `BuildVersion`; on a device with an improvement that is still the base's. */
  currentBuild?: string;
  /** Base and improvement are installed in one go (iOS 18, macOS 15 and newer). */
  combinedImprovements: boolean;
  /** The moment the release must still be installable, the device's date; absent means now. */
  until?: Instant;
}

/** In the order they are looked for. */
export type NotInstallableReason =
  /** Taken back by Apple from this device. */
  | 'withdrawn'
  /** Its expiration date is past: Apple doesn't sign it any more. */
  | 'expired'
  /** The held answer doesn't list it for this device. */
  | 'not-listed'
  /** Not in PublicAssetSets, and the device is not supervised. */
  | 'not-public'
  /** An improvement whose base build the device doesn't run. */
  | 'prerequisite-missing'
  /** Its expiration date has stopped rolling and lies before `until`. */
  | 'expires-before';

/** Why a device can't be asked to install this offer; undefined when it can. Expiration days last to their end, UTC. */
export function notInstallableReason(offer: Offer, conditions: InstallConditions): NotInstallableReason | undefined {
  const { isSupervised, now, currentBuild, combinedImprovements, until } = conditions;
  const { expirationDate } = offer;
  if (offer.withdrawnAt !== undefined) return 'withdrawn';
  if (expirationDate !== undefined && expirationDate < utcDateOf(now)) return 'expired';
  if (!offer.isListed) return 'not-listed';
  if (!isSupervised && !offer.isPublic) return 'not-public';
  if (offer.isImprovement && !combinedImprovements) {
    if (currentBuild === undefined || !offer.prerequisiteBuilds.includes(currentBuild)) return 'prerequisite-missing';
  }
  if (until !== undefined && expirationDate !== undefined && !offer.expirationRolls && expirationDate < utcDateOf(until)) {
    return 'expires-before';
  }
  return undefined;
}

export function isInstallable(offer: Offer, conditions: InstallConditions): boolean {
  return notInstallableReason(offer, conditions) === undefined;
}

/** Which of a device's offers are meant. Newest is always per device: one branch may have several newest versions. */
export type OfferSelection =
  | { kind: 'latest' }
  /** The newest with this major version, an update and no upgrade. */
  | { kind: 'latest-minor'; major: number }
  /** This version and no other, its extra included. */
  | { kind: 'exact'; version: OsVersion };

/** The offers a selection means, in the order given (newest first from `offersFor`). */
export function selectOffers(offers: readonly Offer[], selection: OfferSelection): readonly Offer[] {
  switch (selection.kind) {
    case 'latest':
      return offers;
    case 'latest-minor':
      return offers.filter((offer) => offer.version.major === selection.major);
    case 'exact':
      return offers.filter((offer) => compareVersions(offer.version, selection.version) === 0);
  }
}

/** The newest offer of the selection that this device can install. */
export function newestOffer(
  catalogue: Catalogue,
  deviceKey: string,
  conditions: InstallConditions,
  selection: OfferSelection = { kind: 'latest' },
): Offer | undefined {
  return selectOffers(offersFor(catalogue, deviceKey), selection).find((offer) => isInstallable(offer, conditions));
}
