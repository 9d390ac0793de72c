import { compareBuilds } from '../os/build.ts';
import type { OsVersion } from '../os/version.ts';
import { compareVersions } from '../os/version.ts';
import type { CatalogueRelease, DeviceGroup, Listing, LookupPlatform, PmvAnswer, PmvAsset, ReleaseKey } from './catalogue.types.ts';
import { earliest, latest } from './pmv.ts';
import { releaseKey } from './release-key.ts';

/** Between the stored form of the catalogue (devices in groups) and the one that is worked with: one Listing per release and device. */

export interface ListedRelease<Value> {
  platform: LookupPlatform;
  version: OsVersion;
  byDevice: Map<string, Value>;
}

export type Listings<Value> = Map<ReleaseKey, ListedRelease<Value>>;

/** What one answer says of a release and a device, its sets and builds taken together. */
export type Told = Omit<Listing, 'expirationRolls' | 'firstSeenAt' | 'withdrawnAt' | 'isWithdrawnInDoubt' | 'unlistedAt'>;

/** One Listing per (release, device); devices of a group share the same object, which is never changed in place. */
export function expandReleases(releases: readonly CatalogueRelease[]): Listings<Listing> {
  const listings: Listings<Listing> = new Map();
  for (const { key, platform, version, groups } of releases) {
    const byDevice = new Map<string, Listing>();
    for (const { devices, ...listing } of groups) for (const device of devices) byDevice.set(device, listing);
    listings.set(key, { platform, version, byDevice });
  }
  return listings;
}

/** The stored form: releases sorted by key, equal listings in one group. */
export function collapseListings(listings: Listings<Listing>): CatalogueRelease[] {
  const releases: CatalogueRelease[] = [];
  for (const key of [...listings.keys()].sort()) {
    const { platform, version, byDevice } = listings.get(key) as ListedRelease<Listing>;
    if (byDevice.size > 0) releases.push({ key, platform, version, groups: groupsOf(byDevice) });
  }
  return releases;
}

function groupsOf(byDevice: Map<string, Listing>): DeviceGroup[] {
  const bySignature = new Map<string, DeviceGroup>();
  // Listings are shared between devices, so the signature is made once for each, not once for each device.
  const byListing = new Map<Listing, DeviceGroup>();
  for (const device of [...byDevice.keys()].sort()) {
    const listing = byDevice.get(device) as Listing;
    let group = byListing.get(listing);
    if (group === undefined) {
      const signature = signatureOf(listing);
      group = bySignature.get(signature) ?? { devices: [], ...withoutUndefined(listing) };
      bySignature.set(signature, group);
      byListing.set(listing, group);
    }
    group.devices.push(device);
  }
  return [...bySignature.values()];
}

function signatureOf(l: Listing): string {
  return `${l.builds.join()}|${l.prerequisiteBuilds.join()}|${l.isPublic}|${l.isManaged}|${l.isImprovement}|${l.postingDate}|${l.expirationDate}|${l.expirationRolls}|${l.firstSeenAt}|${l.withdrawnAt}|${l.isWithdrawnInDoubt}|${l.unlistedAt}`;
}

/** So that a catalogue equals itself after being stored as JSON. */
function withoutUndefined(listing: Listing): Listing {
  return Object.fromEntries(Object.entries(listing).filter(([, value]) => value !== undefined)) as unknown as Listing;
}

/** What an answer lists for whom. Devices that are told the same share one value, which is never changed in place. */
export function listingsOf(answer: PmvAnswer): Listings<Told> {
  const listings: Listings<Told> = new Map();
  for (const asset of answer.assets) {
    const key = releaseKey(asset.platform, asset.version);
    let release = listings.get(key);
    if (release === undefined) {
      release = { platform: asset.platform, version: asset.version, byDevice: new Map() };
      listings.set(key, release);
    }
    const withThis = new Map<Told | undefined, Told>();
    for (const device of asset.devices) {
      const known = release.byDevice.get(device);
      let told = withThis.get(known);
      if (told === undefined) {
        told = withAsset(known, asset);
        withThis.set(known, told);
      }
      release.byDevice.set(device, told);
    }
  }
  return listings;
}

function withAsset(known: Told | undefined, asset: PmvAsset): Told {
  return {
    builds: withBuild(known?.builds, asset.build),
    prerequisiteBuilds: withBuild(known?.prerequisiteBuilds, asset.prerequisiteBuild),
    isPublic: known?.isPublic === true || asset.set === 'public',
    isManaged: known?.isManaged === true || asset.set === 'managed',
    isImprovement: known?.isImprovement === true || asset.set === 'improvement',
    postingDate: earliest(known?.postingDate, asset.postingDate),
    expirationDate: latest(known?.expirationDate, asset.expirationDate),
  };
}

function withBuild(builds: readonly string[] = [], build: string | undefined): string[] {
  return build === undefined || builds.includes(build) ? [...builds] : [...builds, build].sort(compareBuilds);
}

/** The newest version each device has among the listings that `counts` names, whatever platform key they stand under. */
export function newestByDevice<Value>(listings: Listings<Value>, counts: (value: Value) => boolean): Map<string, OsVersion> {
  const newest = new Map<string, OsVersion>();
  for (const { version, byDevice } of listings.values()) {
    for (const [device, value] of byDevice) {
      if (!counts(value)) continue;
      const known = newest.get(device);
      if (known === undefined || compareVersions(version, known) > 0) newest.set(device, version);
    }
  }
  return newest;
}
