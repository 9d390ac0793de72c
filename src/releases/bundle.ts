import { z } from 'zod';
import { formatVersion } from '../os/version.ts';
import { type Instant, MINUTE_MS } from '../time/local.ts';
import { isUtcDate } from '../time/utc-date.ts';
import { type CatalogueFold, foldAnswer } from './catalogue.ts';
import type { AssetSet, Catalogue, DeviceGroup, Listing, PmvAnswer, PmvAsset } from './catalogue.types.ts';
import { collapseListings, expandReleases } from './listing.ts';

/**
 * The catalogue on its way to another installation (`ratchet releases export` and `import`): what Apple offers, and since
 * when each release was seen (rule 4). What it brings is judged like an answer of Apple's (rule 3).
 */

/** No bundle may be from further ahead of our clock: first-seen instants of a wrong clock would be taken over. */
const AHEAD_MAX_MS = 10 * MINUTE_MS;

const Text = z.string().min(1).max(128);
const Texts = z.array(Text).max(10_000);
const InstantMs = z.int().nonnegative();
const DateText = z.string().refine(isUtcDate);

const Version = z.object({
  major: z.int().nonnegative(),
  minor: z.int().nonnegative(),
  patch: z.int().nonnegative(),
  extra: z.string().regex(/^[a-z]?$/),
});

const Group = z.object({
  devices: Texts.min(1),
  builds: Texts,
  prerequisiteBuilds: Texts,
  isPublic: z.boolean(),
  isManaged: z.boolean(),
  isImprovement: z.boolean(),
  postingDate: DateText.optional(),
  expirationDate: DateText.optional(),
  expirationRolls: z.boolean(),
  firstSeenAt: InstantMs,
  withdrawnAt: InstantMs.optional(),
  isWithdrawnInDoubt: z.boolean().optional(),
  unlistedAt: InstantMs.optional(),
});

const Release = z
  .object({ key: Text, platform: Text, version: Version, groups: z.array(Group).min(1).max(10_000) })
  .refine(({ key, platform, version }) => key === `${platform} ${formatVersion(version)}`, {
    message: 'its key does not say its platform and version',
    path: ['key'],
  })
  .refine(
    ({ groups }) => new Set(groups.flatMap(({ devices }) => devices)).size === groups.reduce((n, { devices }) => n + devices.length, 0),
    {
      message: 'a device stands in it twice',
      path: ['groups'],
    },
  );

/** What `ratchet releases export` writes. Of the exporter's catalogue only the held answer and what came before it. */
export const ReleasesBundle = z.object({
  schema: z.literal('ratchet.releases-bundle/1'),
  exportedAt: InstantMs,
  /** Where the exporter read them; for people. */
  source: z.string().max(500).optional(),
  catalogue: z.object({
    schema: z.literal(1),
    releases: z.array(Release).max(10_000),
    heldDigest: Text,
    heldAt: InstantMs,
    lastCheckedAt: InstantMs,
    rollingDate: DateText.optional(),
    rollingMovedAt: InstantMs.optional(),
    droppedEntries: z.int().nonnegative(),
  }),
});
export type ReleasesBundle = z.infer<typeof ReleasesBundle>;

/** Undefined while no answer was ever held: there is nothing to bring anywhere. */
export function bundleOf(catalogue: Catalogue | undefined, source: string | undefined, now: Instant): ReleasesBundle | undefined {
  if (catalogue?.heldDigest === undefined || catalogue.heldAt === undefined) return undefined;
  const { doubt: _doubt, candidate: _candidate, heldDigest, heldAt, lastCheckedAt = heldAt, ...rest } = catalogue;
  return {
    schema: 'ratchet.releases-bundle/1',
    exportedAt: now,
    ...(source === undefined ? {} : { source }),
    catalogue: { ...rest, heldDigest, heldAt, lastCheckedAt },
  };
}

/** Judges a decoded bundle; `detail` is for people. `now` is our clock. */
export function readBundle(value: unknown, now: Instant): { ok: true; bundle: ReleasesBundle } | { ok: false; detail: string } {
  let parsed: ReturnType<typeof ReleasesBundle.safeParse>;
  try {
    parsed = ReleasesBundle.safeParse(value);
  } catch {
    // zod looks at the `length` of whatever has one, and throws where that can't be compared.
    return { ok: false, detail: 'something with a length of its own stands where a text or a list should' };
  }
  if (!parsed.success) return { ok: false, detail: firstIssue(parsed.error) };
  if (parsed.data.exportedAt > now + AHEAD_MAX_MS)
    return { ok: false, detail: 'it was exported after what our clock shows: one of the two clocks is wrong' };
  return { ok: true, bundle: parsed.data };
}

export interface MergedBundle {
  fold: CatalogueFold;
  /** What of it counts now: all (nothing was held), its newer answer, or only since when releases were seen. */
  taken: 'all' | 'newer' | 'history';
  /** (release, device) pairs that were seen earlier there than here. */
  earlier: number;
}

/**
 * Merges a bundle at `at` (our clock). First-seen instants only get earlier, and never later than `at`. An answer newer than
 * ours is folded as if it had been read now, doubts included; an older one says nothing.
 */
export function mergeBundle(held: Catalogue | undefined, { catalogue: brought }: ReleasesBundle, at: Instant): MergedBundle {
  if (held?.heldDigest === undefined) {
    const releases = brought.releases.map((release) => ({ ...release, groups: release.groups.map((group) => notAfter(group, at)) }));
    const catalogue: Catalogue = { ...brought, releases, lastCheckedAt: Math.min(brought.lastCheckedAt, at) };
    return { fold: { catalogue, alerts: [] }, taken: 'all', earlier: 0 };
  }
  const { releases, earlier } = withHistory(held, brought, at);
  const catalogue = { ...held, releases };
  if (!isNewer(brought, held)) return { fold: { catalogue, alerts: [] }, taken: 'history', earlier };
  return { fold: foldAnswer(catalogue, answerOf(brought), at), taken: 'newer', earlier };
}

/** Apple's rolling date moves daily and tells which answer is newer; where it doesn't, when each was checked. */
function isNewer(brought: Catalogue, held: Catalogue): boolean {
  if (brought.rollingDate !== undefined && held.rollingDate !== undefined && brought.rollingDate !== held.rollingDate)
    return brought.rollingDate > held.rollingDate;
  return (brought.lastCheckedAt ?? 0) > (held.lastCheckedAt ?? 0);
}

/** What both know was first seen at the earlier moment; what only the bundle knows is remembered as not listed, until an answer lists it. */
function withHistory(held: Catalogue, brought: Catalogue, at: Instant): { releases: Catalogue['releases']; earlier: number } {
  const listings = expandReleases(held.releases);
  let earlier = 0;
  for (const [key, { platform, version, byDevice }] of expandReleases(brought.releases)) {
    const ours = listings.get(key) ?? { platform, version, byDevice: new Map<string, Listing>() };
    listings.set(key, ours);
    for (const [device, theirs] of byDevice) {
      const known = ours.byDevice.get(device);
      if (known === undefined) ours.byDevice.set(device, unlisted(notAfter(theirs, at), at));
      else if (theirs.firstSeenAt < known.firstSeenAt) {
        ours.byDevice.set(device, { ...known, firstSeenAt: theirs.firstSeenAt });
        earlier += 1;
      }
    }
  }
  return { releases: collapseListings(listings), earlier };
}

function unlisted(listing: Listing, at: Instant): Listing {
  return { ...listing, isPublic: false, isManaged: false, expirationRolls: false, unlistedAt: listing.unlistedAt ?? at };
}

function notAfter<T extends Listing>(listing: T, at: Instant): T {
  return listing.firstSeenAt <= at ? listing : { ...listing, firstSeenAt: at };
}

/** The held answer of a catalogue, back in the form it was folded from. */
function answerOf(catalogue: ReleasesBundle['catalogue']): PmvAnswer {
  const assets = catalogue.releases.flatMap(({ platform, version, groups }) =>
    groups
      .filter(({ unlistedAt }) => unlistedAt === undefined)
      .flatMap((group) =>
        setsOf(group).flatMap((set) => buildsOf(group).map((builds) => assetOf({ set, platform, version, ...builds }, group))),
      ),
  );
  // The key of the improvements was there, even if nothing stood under it: its absence would be a reason for doubt.
  const sets = new Set<AssetSet>([...assets.map(({ set }) => set), 'improvement']);
  return { assets, sets: [...sets].sort(), droppedEntries: catalogue.droppedEntries, digest: catalogue.heldDigest };
}

function setsOf({ isPublic, isManaged, isImprovement }: Listing): AssetSet[] {
  return [
    ...(isPublic ? ['public' as const] : []),
    ...(isManaged ? ['managed' as const] : []),
    ...(isImprovement ? ['improvement' as const] : []),
  ];
}

/** Every build and every prerequisite at least once: reading them back unites them. */
function buildsOf({ builds, prerequisiteBuilds }: Listing): Pick<PmvAsset, 'build' | 'prerequisiteBuild'>[] {
  return Array.from({ length: Math.max(1, builds.length, prerequisiteBuilds.length) }, (_, index) => {
    const build = builds[index] ?? builds[0];
    const prerequisiteBuild = prerequisiteBuilds[index] ?? prerequisiteBuilds[0];
    return { ...(build === undefined ? {} : { build }), ...(prerequisiteBuild === undefined ? {} : { prerequisiteBuild }) };
  });
}

function assetOf(asset: Omit<PmvAsset, 'devices'>, { devices, postingDate, expirationDate }: DeviceGroup): PmvAsset {
  return {
    ...asset,
    ...(postingDate === undefined ? {} : { postingDate }),
    ...(expirationDate === undefined ? {} : { expirationDate }),
    devices,
  };
}

function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  if (issue === undefined) return 'it is not understood';
  const place = issue.path.length === 0 ? 'the bundle' : issue.path.join('.');
  return `${place}: ${issue.message}`;
}
