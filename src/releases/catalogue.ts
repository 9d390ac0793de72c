import type { Instant } from '../time/local.ts';
import { DAY_MS } from '../time/local.ts';
import type { UtcDate } from '../time/utc-date.ts';
import type { Catalogue, CatalogueAlert, CatalogueRelease, Listing, PmvAnswer } from './catalogue.types.ts';
import { doubtOf, rollingDateOf } from './doubt.ts';
import type { Listings, Told } from './listing.ts';
import { collapseListings, expandReleases, listingsOf } from './listing.ts';
import type { Withdrawals } from './withdrawal.ts';
import { disappeared, disappearedInDoubt, managedOnly } from './withdrawal.ts';

/**
 * The catalogue of Apple's releases, folded from the answers of the lookup service one after the other (rules A1 to A5).
 * An answer is either held, or doubtful: then it is kept beside what is held, and can take away but not give.
 */

export interface CatalogueFold {
  catalogue: Catalogue;
  alerts: CatalogueAlert[];
}

/** The figures of rule 3. */
export interface DoubtLimits {
  /** Share (0…1) of unexpired (release, device) pairs that may be gone. */
  goneShareMax: number;
  /** How long a doubtful answer must be repeated unchanged to be believed. */
  repeatMs: number;
}

export const DOUBT_LIMITS: DoubtLimits = { goneShareMax: 0.2, repeatMs: 3 * DAY_MS };

/** Expiration dates roll daily; when they have stood still this long, nothing counts as rolling any more (rule 5). */
const ROLLING_STALL_MS = 7 * DAY_MS;

/** How long a release is remembered after Apple stopped listing it. After 21 recorded months the stored value has 180 kB. */
const UNLISTED_RETENTION_MS = 730 * DAY_MS;

export function emptyCatalogue(): Catalogue {
  return { schema: 1, releases: [], droppedEntries: 0 };
}

/** Folds an answer read at `at` (our clock). Folding the same one again changes `lastCheckedAt` only. */
export function foldAnswer(catalogue: Catalogue, answer: PmvAnswer, at: Instant, limits: DoubtLimits = DOUBT_LIMITS): CatalogueFold {
  const told = listingsOf(answer);
  const objection = doubtOf(catalogue, answer, told, at, limits.goneShareMax);
  if (objection === undefined) return hold(catalogue, answer, told, at, 'answered');
  const isRepeated = catalogue.doubt?.digest === answer.digest;
  const since = isRepeated ? (catalogue.doubt?.since ?? at) : at;
  if (isRepeated && at - since >= limits.repeatMs) return hold(catalogue, answer, told, at, 'repeated');

  const doubt = { ...objection, since, digest: answer.digest };
  const listings = expandReleases(catalogue.releases);
  // An older answer lacks what came since: that it takes a release back can't be told from it.
  const alerts = doubt.kind === 'older' ? [] : markWithdrawn(listings, disappearedInDoubt(listings, told, at), at, true);
  if (!isRepeated) alerts.unshift({ kind: 'answer-doubtful', doubt });
  return {
    catalogue: { ...catalogue, releases: collapseListings(listings), lastCheckedAt: at, doubt, candidate: answer },
    alerts,
  };
}

/** The service said "not modified": the answer it gave last, held or doubtful, holds once more. */
export function foldUnchanged(catalogue: Catalogue, at: Instant, limits: DoubtLimits = DOUBT_LIMITS): CatalogueFold {
  if (catalogue.candidate) return foldAnswer(catalogue, catalogue.candidate, at, limits);
  const listings = expandReleases(catalogue.releases);
  if (!isMoving(catalogue.rollingMovedAt, at)) {
    for (const { byDevice } of listings.values())
      for (const [device, listing] of byDevice) byDevice.set(device, { ...listing, expirationRolls: false });
  }
  return { catalogue: { ...catalogue, releases: collapseListings(listings), lastCheckedAt: at }, alerts: [] };
}

/** A person accepts the doubtful answer (`ratchet releases accept`). Without one, nothing happens. */
export function acceptDoubtful(catalogue: Catalogue, at: Instant): CatalogueFold {
  const answer = catalogue.candidate;
  return answer ? hold(catalogue, answer, listingsOf(answer), at, 'accepted') : { catalogue, alerts: [] };
}

/** Makes an answer the held one. */
function hold(
  catalogue: Catalogue,
  answer: PmvAnswer,
  told: Listings<Told>,
  at: Instant,
  how: 'answered' | 'repeated' | 'accepted',
): CatalogueFold {
  const { doubt, candidate: _, ...rest } = catalogue;
  // What is neither listed nor told of stays as it is: two thirds of the pairs after two years.
  const isDormant = (release: CatalogueRelease) =>
    !told.has(release.key) && release.groups.every(({ unlistedAt }) => unlistedAt !== undefined);
  const before = expandReleases(catalogue.releases.filter((release) => !isDormant(release)));
  const rollingDate = rollingDateOf(answer) ?? catalogue.rollingDate;
  const hasMoved = rollingDate !== undefined && (catalogue.rollingDate === undefined || rollingDate > catalogue.rollingDate);
  const rollingMovedAt = hasMoved ? at : catalogue.rollingMovedAt;

  const after = mergeListings(before, told, at, isMoving(rollingMovedAt, at) ? rollingDate : undefined);
  const gone = disappeared(before, told, at);
  const alerts: CatalogueAlert[] = [
    ...restore(after, gone),
    ...markWithdrawn(after, gone, at, false),
    ...markWithdrawn(after, managedOnly(before, told), at, false),
  ];
  if (doubt) alerts.unshift({ kind: 'doubt-ended', how, doubt });
  if (answer.droppedEntries > catalogue.droppedEntries) alerts.push({ kind: 'entries-dropped', count: answer.droppedEntries });
  return {
    catalogue: {
      ...rest,
      releases: [...catalogue.releases.filter(isDormant), ...collapseListings(after)]
        .map((release) => withoutForgotten(release, at))
        .filter(({ groups }) => groups.length > 0)
        .sort((a, b) => (a.key < b.key ? -1 : 1)),
      heldDigest: answer.digest,
      heldAt: catalogue.heldDigest === answer.digest ? (catalogue.heldAt ?? at) : at,
      lastCheckedAt: at,
      ...(rollingDate === undefined ? {} : { rollingDate }),
      ...(rollingMovedAt === undefined ? {} : { rollingMovedAt }),
      droppedEntries: answer.droppedEntries,
    },
    alerts,
  };
}

/** First seen is written once per release and device (rule 4): a release that was away and is back keeps it. */
function mergeListings(before: Listings<Listing>, told: Listings<Told>, at: Instant, rollingDate: UtcDate | undefined): Listings<Listing> {
  const after: Listings<Listing> = new Map();
  for (const [key, { platform, version, byDevice }] of before) {
    const now = told.get(key)?.byDevice;
    const gone = shared(asUnlisted);
    const remembered = new Map<string, Listing>();
    for (const [device, listing] of byDevice) if (now?.has(device) !== true) remembered.set(device, gone(listing, at));
    after.set(key, { platform, version, byDevice: remembered });
  }
  for (const [key, { platform, version, byDevice }] of told) {
    const known = before.get(key)?.byDevice;
    const release = after.get(key) ?? { platform, version, byDevice: new Map<string, Listing>() };
    const listed = shared((now: Told, was: Listing | undefined) => asListed(now, was, at, rollingDate));
    for (const [device, now] of byDevice) release.byDevice.set(device, listed(now, known?.get(device)));
    after.set(key, release);
  }
  return after;
}

function asListed(now: Told, was: Listing | undefined, at: Instant, rollingDate: UtcDate | undefined): Listing {
  return {
    ...now,
    expirationRolls: rollingDate !== undefined && now.expirationDate !== undefined && now.expirationDate >= rollingDate,
    firstSeenAt: was?.firstSeenAt ?? at,
    withdrawnAt: was?.withdrawnAt,
    ...(was?.isWithdrawnInDoubt ? { isWithdrawnInDoubt: true } : {}),
  };
}

/** Gives the same result object for the same arguments, so that devices go on sharing their listings. */
function shared<First, Second, Result>(make: (first: First, second: Second) => Result): (first: First, second: Second) => Result {
  const results = new Map<First, Map<Second, Result>>();
  return (first, second) => {
    const bySecond = results.get(first) ?? new Map<Second, Result>();
    results.set(first, bySecond);
    const result = bySecond.get(second) ?? make(first, second);
    bySecond.set(second, result);
    return result;
  };
}

function asUnlisted(listing: Listing, at: Instant): Listing {
  if (listing.unlistedAt !== undefined) return listing;
  return { ...listing, isPublic: false, isManaged: false, expirationRolls: false, unlistedAt: at };
}

/** The same object when there is nothing to forget. */
function withoutForgotten(release: CatalogueRelease, at: Instant): CatalogueRelease {
  const isKept = ({ unlistedAt }: Listing) => unlistedAt === undefined || at - unlistedAt <= UNLISTED_RETENTION_MS;
  return release.groups.every(isKept) ? release : { ...release, groups: release.groups.filter(isKept) };
}

/**
 * A withdrawn release that stands in PublicAssetSets again is wanted again; only a held answer says so. What a doubtful
 * answer alone took back and the held one does not was never taken back, though it may have a successor by now.
 */
function restore(listings: Listings<Listing>, gone: Withdrawals): CatalogueAlert[] {
  const alerts: CatalogueAlert[] = [];
  for (const [release, { byDevice }] of listings) {
    const devices: string[] = [];
    for (const [device, listing] of byDevice) {
      const { withdrawnAt, isWithdrawnInDoubt, ...rest } = listing;
      if (withdrawnAt === undefined || !(listing.isPublic || isWithdrawnInDoubt)) continue;
      const isConfirmed = !listing.isPublic && gone.get(release)?.includes(device) === true;
      byDevice.set(device, isConfirmed ? { ...rest, withdrawnAt } : rest);
      if (!isConfirmed) devices.push(device);
    }
    if (devices.length > 0) alerts.push({ kind: 'release-restored', release, devices: devices.sort() });
  }
  return alerts;
}

function markWithdrawn(listings: Listings<Listing>, withdrawals: Withdrawals, at: Instant, inDoubt: boolean): CatalogueAlert[] {
  const alerts: CatalogueAlert[] = [];
  for (const [release, candidates] of withdrawals) {
    const byDevice = listings.get(release)?.byDevice;
    const devices = candidates.filter((device) => byDevice?.get(device)?.withdrawnAt === undefined);
    const mark = inDoubt ? { withdrawnAt: at, isWithdrawnInDoubt: true } : { withdrawnAt: at };
    for (const device of devices) byDevice?.set(device, { ...(byDevice.get(device) as Listing), ...mark });
    if (devices.length > 0) alerts.push({ kind: 'release-withdrawn', release, devices, inDoubt });
  }
  return alerts;
}

function isMoving(rollingMovedAt: Instant | undefined, at: Instant): boolean {
  return rollingMovedAt !== undefined && at - rollingMovedAt <= ROLLING_STALL_MS;
}
