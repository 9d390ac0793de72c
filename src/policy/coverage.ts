import { type Platform, platformOf } from '../os/platform.ts';
import { compareVersions, type OsVersion, type VersionRange } from '../os/version.ts';
import type { Policy, PolicyMatch } from './policy.types.ts';

/**
 * What can be said of match expressions without any device: whether one takes in all that another means, and whether one
 * device could be meant by both. Where it can't be told, `covers` says no and `canMeet` says yes.
 */

/** Every device that `inner` matches is matched by `outer`. */
export function covers(outer: PolicyMatch, inner: PolicyMatch): boolean {
  const platforms = platformsOf(inner);
  if (outer.platform && !platforms?.every((platform) => outer.platform?.includes(platform))) return false;
  if (outer.model && !inner.model?.every((model) => outer.model?.some((pattern) => isWithin(model, pattern)))) return false;
  if (outer.os && !(inner.os && isRangeWithin(inner.os, outer.os))) return false;
  if (outer.supervised !== undefined && inner.supervised !== outer.supervised) return false;
  if (!isSubset(inner.ids, outer.ids) || !isSubset(inner.serials, outer.serials) || !isSubset(inner.tags, outer.tags)) return false;
  if (outer.enrolledFor === undefined) return true;
  const { atLeastMs = 0, lessThanMs = Number.POSITIVE_INFINITY } = outer.enrolledFor;
  const age = { atLeastMs: 0, lessThanMs: Number.POSITIVE_INFINITY, ...inner.enrolledFor };
  return age.atLeastMs >= atLeastMs && age.lessThanMs <= lessThanMs;
}

/** Some device could match both: nothing that one asks for rules out the other. */
export function canMeet(one: PolicyMatch, other: PolicyMatch): boolean {
  return (['platform', 'model', 'os', 'supervised', 'ids', 'enrolledFor'] as const).every((key) => clash(key, one, other) === undefined);
}

/** A key by which no device can match both, if there is one. */
export function clashOf(one: PolicyMatch, other: PolicyMatch): string | undefined {
  return (['platform', 'model', 'os', 'supervised', 'ids', 'enrolledFor'] as const)
    .map((key) => clash(key, one, other))
    .find((found) => found !== undefined);
}

/** Every device that `later` means is meant by `earlier`, which stands before it. */
export function shadows(earlier: Policy, later: Policy): boolean {
  if (!covers(earlier.match, later.match)) return false;
  // What the earlier one excepts may reach the later one, unless that one doesn't mean it either.
  const { except } = earlier;
  return except === undefined || !canMeet(except, later.match) || (later.except !== undefined && covers(later.except, except));
}

/** One device could be meant by both. */
export function canOverlap(one: Policy, other: Policy): boolean {
  if (!canMeet(one.match, other.match)) return false;
  return ![
    [one, other],
    [other, one],
  ].some(([a, b]) => a?.except !== undefined && b !== undefined && covers(a.except, b.match));
}

/** Nothing matches, whatever the device: the range has no version in it. */
export function isEmptyRange(range: VersionRange): boolean {
  const { from, to } = boundsOf(range);
  return from !== undefined && to !== undefined && compareVersions(from, to) >= 0;
}

function clash(key: keyof PolicyMatch, one: PolicyMatch, other: PolicyMatch): string | undefined {
  switch (key) {
    case 'platform': {
      const [a, b] = [platformsOf(one), platformsOf(other)];
      return a && b && !a.some((platform) => b.includes(platform)) ? 'platform' : undefined;
    }
    case 'model':
      return one.model && other.model && !one.model.some((a) => other.model?.some((b) => isWithin(a, b) || isWithin(b, a)))
        ? 'model'
        : undefined;
    case 'os':
      return one.os && other.os && isEmptyRange({ text: '', comparisons: [...one.os.comparisons, ...other.os.comparisons] })
        ? 'os'
        : undefined;
    case 'supervised':
      return one.supervised !== undefined && other.supervised !== undefined && one.supervised !== other.supervised
        ? 'supervised'
        : undefined;
    case 'ids':
      return areApart(one.ids, other.ids) ? 'ids' : areApart(one.serials, other.serials) ? 'serials' : undefined;
    case 'enrolledFor': {
      const from = Math.max(one.enrolledFor?.atLeastMs ?? 0, other.enrolledFor?.atLeastMs ?? 0);
      const to = Math.min(...[one, other].map(({ enrolledFor }) => enrolledFor?.lessThanMs ?? Number.POSITIVE_INFINITY));
      return from >= to ? 'enrolledFor' : undefined;
    }
    default:
      return undefined;
  }
}

/** Those it can match, as platform and model say; undefined where neither says it. */
function platformsOf({ platform, model }: PolicyMatch): readonly Platform[] | undefined {
  const ofModels = model?.map((pattern) => platformOf(pattern.replace(/\*$/, '')));
  const known = ofModels?.includes('unknown') ? undefined : ofModels;
  if (platform === undefined) return known;
  return known === undefined ? platform : platform.filter((name) => known.includes(name));
}

/** Every name that `pattern` stands for, `of` stands for too. */
function isWithin(pattern: string, of: string): boolean {
  if (!of.endsWith('*')) return pattern === of;
  return pattern.replace(/\*$/, '').startsWith(of.slice(0, -1));
}

function isSubset(inner: readonly string[] | undefined, outer: readonly string[] | undefined): boolean {
  return outer === undefined || inner?.every((one) => outer.includes(one)) === true;
}

function areApart(one: readonly string[] | undefined, other: readonly string[] | undefined): boolean {
  return one !== undefined && other !== undefined && !one.some((each) => other.includes(each));
}

interface Bounds {
  /** The lowest version in it. */
  from?: OsVersion;
  /** The lowest version above it. */
  to?: OsVersion;
}

/** `parseVersionRange` writes every range with >= and < alone. */
function boundsOf({ comparisons }: VersionRange): Bounds {
  const bounds: Bounds = {};
  for (const { operator, version } of comparisons) {
    if (operator.startsWith('>')) {
      if (bounds.from === undefined || compareVersions(version, bounds.from) > 0) bounds.from = version;
    } else if (bounds.to === undefined || compareVersions(version, bounds.to) < 0) bounds.to = version;
  }
  return bounds;
}

function isRangeWithin(inner: VersionRange, outer: VersionRange): boolean {
  const [a, b] = [boundsOf(inner), boundsOf(outer)];
  const isFromIn = b.from === undefined || (a.from !== undefined && compareVersions(a.from, b.from) >= 0);
  return isFromIn && (b.to === undefined || (a.to !== undefined && compareVersions(a.to, b.to) <= 0));
}
