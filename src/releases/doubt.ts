import type { Instant } from '../time/local.ts';
import type { UtcDate } from '../time/utc-date.ts';
import { utcDateOf } from '../time/utc-date.ts';
import type { AssetSet, Catalogue, Doubt, LookupPlatform, PmvAnswer } from './catalogue.types.ts';
import type { Listings, Told } from './listing.ts';

/**
 * Whether an answer of Apple's lookup service may be believed (rule 3), judged against what is held.
 * Twice in two years Apple answered 200 with every set empty.
 */

const SET_NAMES: Readonly<Record<AssetSet, string>> = {
  public: 'PublicAssetSets',
  managed: 'AssetSets',
  improvement: 'PublicBackgroundSecurityImprovements',
};

/** Whose disappearance speaks against an answer. */
const OURS: ReadonlySet<LookupPlatform> = new Set(['iOS', 'macOS', 'visionOS']);

/** A set and platform of which the held answer lists something that has not expired. */
interface HeldSet {
  set: AssetSet;
  platform: LookupPlatform;
}

interface Held {
  sets: HeldSet[];
  /** (release, device) pairs that have not expired, and how many of them the new answer doesn't list in any set. */
  pairs: number;
  gone: number;
}

/**
 * What speaks against an answer, the gravest first; undefined when nothing does. `told` is the answer by release;
 * `goneShareMax` is 0…1.
 */
export function doubtOf(
  catalogue: Catalogue,
  answer: PmvAnswer,
  told: Listings<Told>,
  at: Instant,
  goneShareMax: number,
): Pick<Doubt, 'kind' | 'detail'> | undefined {
  const held = heldAgainst(catalogue, told, utcDateOf(at));
  if (answer.assets.length === 0 && (catalogue.heldAt === undefined || held.pairs > 0)) {
    return { kind: 'empty', detail: 'The answer lists nothing at all.' };
  }
  const missing = missingFrom(held.sets, answer);
  if (missing.set !== undefined) {
    return { kind: 'set-gone', detail: `${SET_NAMES[missing.set]} is gone from the answer.` };
  }
  if (missing.platform !== undefined) {
    return {
      kind: 'platform-gone',
      detail: `${missing.platform.platform} is gone from ${SET_NAMES[missing.platform.set]}.`,
    };
  }
  const rolling = rollingDateOf(answer);
  if (catalogue.rollingDate !== undefined && rolling !== undefined && rolling < catalogue.rollingDate) {
    return {
      kind: 'older',
      detail: `The answer is older than the one held: its current releases expire on ${rolling}, not on ${catalogue.rollingDate}.`,
    };
  }
  if (held.gone > goneShareMax * held.pairs) {
    return { kind: 'shrunk', detail: `${held.gone} of ${held.pairs} pairs of release and device are gone that had not expired.` };
  }
  return undefined;
}

/**
 * The expiration date that current releases share: Apple moves it to today + 90 days every day. In every recorded
 * answer all of PublicAssetSets carries the same one; the median keeps a single odd entry from deciding.
 */
export function rollingDateOf(answer: PmvAnswer): UtcDate | undefined {
  const isTold = answer.assets.some((asset) => asset.set === 'public' && asset.expirationDate !== undefined);
  const weights = new Map<UtcDate, number>();
  let total = 0;
  for (const { set, expirationDate, devices } of answer.assets) {
    if (expirationDate === undefined || set !== (isTold ? 'public' : 'managed')) continue;
    weights.set(expirationDate, (weights.get(expirationDate) ?? 0) + devices.length);
    total += devices.length;
  }
  let below = 0;
  for (const date of [...weights.keys()].sort()) {
    below += weights.get(date) as number;
    if (below * 2 > total) return date;
  }
  return undefined;
}

/**
 * A release leaves the lists in the course of its expiration date (18 to 20 h UTC in the recordings), so on that day
 * it counts as expired here, though it may be installed to the end of it.
 */
function heldAgainst(catalogue: Catalogue, told: Listings<Told>, today: UtcDate): Held {
  const sets = new Map<string, HeldSet>();
  let pairs = 0;
  let gone = 0;
  for (const { key, platform, groups } of catalogue.releases) {
    const now = told.get(key)?.byDevice;
    for (const group of groups) {
      if (group.unlistedAt !== undefined) continue;
      if (group.expirationDate !== undefined && group.expirationDate <= today) continue;
      pairs += group.devices.length;
      for (const device of group.devices) if (now?.has(device) !== true) gone += 1;
      // What else Apple may list some day and take away again is no reason to doubt the rest.
      if (!OURS.has(platform)) continue;
      if (group.isPublic) sets.set(`public ${platform}`, { set: 'public', platform });
      if (group.isManaged) sets.set(`managed ${platform}`, { set: 'managed', platform });
      if (group.isImprovement) sets.set(`improvement ${platform}`, { set: 'improvement', platform });
    }
  }
  return { sets: [...sets.values()], pairs, gone };
}

/** Improvements come and go: that set is missing when its key is, and its platforms never are. */
function missingFrom(held: readonly HeldSet[], answer: PmvAnswer): { set?: AssetSet; platform?: HeldSet } {
  const present = new Set(answer.assets.flatMap((asset) => [asset.set, `${asset.set} ${asset.platform}`]));
  for (const set of answer.sets) if (set === 'improvement') present.add(set);
  return {
    set: held.find(({ set }) => !present.has(set))?.set,
    platform: held.find(({ set, platform }) => set !== 'improvement' && !present.has(`${set} ${platform}`)),
  };
}
