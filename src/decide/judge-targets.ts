import { type Platform, platformOf } from '../os/platform.ts';
import { compareVersions, formatVersion, isInRange, type OsVersion, parseVersion } from '../os/version.ts';
import type { Policy, PolicySet } from '../policy/policy.types.ts';
import type { PolicyFinding } from '../policy/policy-finding.types.ts';
import { targetText } from '../policy/target-keys.ts';
import type { Catalogue, Offer } from '../releases/catalogue.types.ts';
import { notInstallableReason, offersFor } from '../releases/offers.ts';
import { DAY_MS, type Instant, latestInstantOf } from '../time/local.ts';
import { meantBy } from './meant.ts';

/**
 * What a list of releases says of the targets of policies, without any device (rule 5): which are impossible, unlisted or
 * about to expire, and for how many of the models in the list there is something to install.
 */

/** One policy against the list. */
export interface TargetView {
  policy: string;
  target: string;
  /** Models in the list that the policy could match; board ids of Macs have no product name and count with every `match.model`. */
  models: number;
  /** Those for which a release of its target can be installed. */
  modelsOffered: number;
  /** The releases that means, the newest first. */
  releases: string[];
  /** Why nothing of it can be installed on any of them, as a sentence. */
  refused?: string;
  /** That what it names can't be installed any more when its date comes, as a sentence. */
  ending?: string;
}

export interface TargetJudgement {
  problems: PolicyFinding[];
  warnings: PolicyFinding[];
  targets: TargetView[];
}

interface Model {
  platform: Platform;
  offers: readonly Offer[];
}

/** `now` is epoch ms. */
export function judgeTargets(set: PolicySet, catalogue: Catalogue, now: Instant): TargetJudgement {
  const models = modelsOf(catalogue);
  const judgement: TargetJudgement = { problems: [], warnings: [], targets: [] };
  for (const [index, policy] of set.policies.entries()) judge(policy, index, catalogue, models, now, judgement);
  return judgement;
}

function judge(
  policy: Policy,
  index: number,
  catalogue: Catalogue,
  all: ReadonlyMap<string, Model>,
  now: Instant,
  { problems, warnings, targets }: TargetJudgement,
): void {
  const finding = (key: string, message: string, expected: string, fix: string): PolicyFinding => {
    return { path: ['policies', index, key], at: 'value', message, expected, fix };
  };
  const models = [...all].filter(([key, model]) => couldMatch(policy, key, model)).map(([, model]) => model);
  const named = models.map((model) => wantedOf(policy, model));
  const open = named.map((offers) => offers.filter((offer) => isOpen(policy, offer, now)));
  const offered = open.filter((offers) => offers.length > 0);
  const target = targetText(policy.target);
  const view: TargetView = {
    policy: policy.name,
    target,
    models: models.length,
    modelsOffered: offered.length,
    releases: newestFirst(offered.flatMap((offers) => offers.slice(0, 1))),
  };
  targets.push(view);
  const isPinned = policy.target.kind === 'exact' || policy.target.kind === 'build';
  if (models.length === 0)
    warnings.push(
      finding(
        'match',
        'no model in the list of releases could match',
        'devices that Apple has releases for',
        'correct match, or refresh the list',
      ),
    );
  else if (offered.length === 0 && isStillToCome(policy, catalogue))
    warnings.push(
      finding(
        'target',
        `Apple has not released ${target} yet: until then nobody is asked to update`,
        'a release that is there',
        'correct it, unless it is still to come',
      ),
    );
  else if (offered.length === 0) {
    const refusal = impossible(policy, catalogue, named.flat(), now, finding);
    view.refused = refusal.message;
    problems.push(refusal);
  } else if (isPinned && offered.length < models.length)
    warnings.push(
      finding(
        'target',
        `${target} is for ${offered.length} of the ${models.length} models that this policy can match: the others stay where they are (target-not-offered)`,
        'a policy for the models it is for',
        'narrow match, or write a target such as latest',
      ),
    );
  const until = dateOf(policy, now);
  const ending = newestFirst(offered.flatMap((offers) => offers.filter((offer) => isGoneBy(policy, offer, now, until)).slice(0, 1)));
  if (isPinned && ending.length > 0) {
    view.ending = `${ending.join(', ')} can be installed until ${expiryOf(named.flat())} only, and its date comes later: devices that are behind then stay behind (target-expired)`;
    warnings.push(
      finding('target', view.ending, 'a release that Apple still signs at its date', 'take a newer release, or an earlier date'),
    );
  }
  warnings.push(...limitWarnings(policy, catalogue, models, finding));
}

type Finding = (key: string, message: string, expected: string, fix: string) => PolicyFinding;

/** Why nothing of the target can be installed on any model, in the most telling words. */
function impossible(policy: Policy, catalogue: Catalogue, named: readonly Offer[], now: Instant, finding: Finding): PolicyFinding {
  const target = targetText(policy.target);
  const refuse = (why: string, fix = 'write a version that ratchet releases show lists') =>
    finding('target', `${target} ${why}`, 'a release that Apple offers these devices', fix);
  const reasons = new Set(named.map((offer) => reasonOf(policy, offer, now)));
  if (reasons.has('withdrawn')) return refuse('was taken back by Apple');
  if (reasons.has('expired')) return refuse(`has run out: it could be installed until ${expiryOf(named)}`);
  if (reasons.has('not-public')) return refuse('is offered to supervised devices only, and this policy is for others');
  if (named.length > 0) return refuse('is no longer listed by Apple for any model that this policy can match');
  if (policy.target.kind === 'build') {
    const { build } = policy.target;
    const of = catalogue.releases.filter(({ groups }) => groups.some(({ builds }) => builds.includes(build)));
    if (of.length > 0) return refuse(`is a build of ${of.map(({ key }) => key).join(', ')}, which no model of this policy is offered`);
    return refuse('is no build of any release in the list', 'write the version, such as "26.6.1"');
  }
  const wanted = policy.target.kind === 'exact' ? parseVersion(policy.target.version) : undefined;
  if (wanted === undefined) return refuse('means no release that any model of this policy is offered', 'widen it, or the cap');
  const same = catalogue.releases.filter(({ version }) => compareVersions(version, wanted) === 0);
  if (same.length > 0) return refuse(`is a release (${same.map(({ key }) => key).join(', ')}) for other models than this policy can match`);
  return refuse('is no release in the list: Apple never had it, or lists it no more');
}

function isStillToCome({ target }: Policy, { releases }: Catalogue): boolean {
  const wanted = parseVersion(target.kind === 'exact' ? target.version : target.kind === 'major' ? String(target.major) : undefined);
  return wanted !== undefined && releases.every(({ version }) => compareVersions(wanted, version) > 0);
}

/** Floors, caps, improvements and critical versions that the list has nothing for. */
function limitWarnings(policy: Policy, catalogue: Catalogue, models: readonly Model[], finding: Finding): PolicyFinding[] {
  const { floor, improvements, due } = policy;
  const found: PolicyFinding[] = [];
  const least = parseVersion(floor);
  const offers = models.flatMap((model) => model.offers.filter(({ isListed }) => isListed));
  if (least && offers.length > 0 && !offers.some(({ version }) => compareVersions(version, least) >= 0))
    found.push(finding('floor', `no model of this policy is offered ${floor} or newer`, 'a floor that can be reached', 'lower the floor'));
  const only = typeof improvements === 'object' ? parseVersion(improvements.only) : undefined;
  if (only && !isKnown(catalogue, only))
    found.push(
      finding(
        'improvements',
        `${formatVersion(only)} is no improvement in the list`,
        'one that Apple has released',
        'write improvements: follow',
      ),
    );
  const critical = due.kind === 'days' ? (due.severity?.criticalVersions ?? []) : [];
  const unknown = critical.filter((text) => {
    const version = parseVersion(text);
    return version !== undefined && !isKnown(catalogue, version);
  });
  if (unknown.length > 0)
    found.push(
      finding(
        'due',
        `severity.criticalVersions names ${unknown.join(', ')}, which ${unknown.length === 1 ? 'is no release' : 'are no releases'} in the list`,
        'versions that Apple has released or will',
        'correct it, unless it is still to come',
      ),
    );
  return found;
}

function isKnown({ releases }: Catalogue, wanted: OsVersion): boolean {
  return releases.some(({ version }) => compareVersions(version, wanted) === 0);
}

/** Every model the list has ever named. */
function modelsOf(catalogue: Catalogue): ReadonlyMap<string, Model> {
  const models = new Map<string, Model>();
  for (const { platform, groups } of catalogue.releases) {
    for (const key of groups.flatMap(({ devices }) => devices)) {
      if (models.has(key)) continue;
      const byName = platformOf(key);
      const own: Platform = byName !== 'unknown' ? byName : platform === 'macOS' ? 'macOS' : 'unknown';
      models.set(key, { platform: own, offers: offersFor(catalogue, key) });
    }
  }
  return models;
}

function couldMatch({ match }: Policy, key: string, { platform, offers }: Model): boolean {
  // The list has watches and speakers too, which nobody can update by MDM.
  if (platform === 'unknown' || platform === 'watchOS' || platform === 'HomePod') return false;
  if (!offers.some(({ isListed }) => isListed)) return false;
  if (match.platform !== undefined && !match.platform.includes(platform)) return false;
  // Macs stand in the list under board ids, in policies under product identifiers.
  if (match.model === undefined || platform === 'macOS') return match.model === undefined || match.model.some(isOfMac);
  return match.model.some((pattern) => (pattern.endsWith('*') ? key.startsWith(pattern.slice(0, -1)) : key === pattern));
}

function isOfMac(pattern: string): boolean {
  const of = platformOf(pattern.replace(/\*$/, ''));
  return of === 'macOS' || of === 'unknown';
}

/** What the target names of a model's releases, whether it can be installed or not. */
function wantedOf(policy: Policy, { offers }: Model): readonly Offer[] {
  const { target, match } = policy;
  if (target.kind === 'build') return offers.filter(({ builds }) => builds.includes(target.build));
  if (target.kind === 'exact') {
    const wanted = parseVersion(target.version);
    return wanted ? offers.filter(({ version }) => compareVersions(version, wanted) === 0) : [];
  }
  if (target.kind !== 'latest-minor') return meantBy(policy, offers, NO_VERSION);
  // The newest of whatever major version the device runs.
  const majors = new Set(offers.map(({ version }) => version.major));
  const meant = [...majors].flatMap((major) => meantBy(policy, offers, { ...NO_VERSION, major }));
  return meant.filter(({ version }) => match.os === undefined || isInRange({ ...version, extra: '' }, withoutLower(match.os)));
}

const NO_VERSION: OsVersion = { major: 0, minor: 0, patch: 0, extra: '' };

function withoutLower(range: NonNullable<Policy['match']['os']>): NonNullable<Policy['match']['os']> {
  return { ...range, comparisons: range.comparisons.filter(({ operator }) => operator.startsWith('>')) };
}

function isOpen(policy: Policy, offer: Offer, now: Instant): boolean {
  return reasonOf(policy, offer, now) === undefined;
}

function reasonOf({ match }: Policy, offer: Offer, now: Instant, until?: Instant) {
  return notInstallableReason(offer, {
    isSupervised: match.supervised !== false,
    now,
    combinedImprovements: true,
    ...(until === undefined ? {} : { until }),
  });
}

function isGoneBy(policy: Policy, offer: Offer, now: Instant, until: Instant): boolean {
  return reasonOf(policy, offer, now, until) === 'expires-before';
}

/** The latest date a device that is matched today gets. */
function dateOf({ due }: Policy, now: Instant): Instant {
  return due.kind === 'date' ? latestInstantOf(due.at) : now + (due.days + 1) * DAY_MS;
}

/** Apple writes days so that text is in order. */
function expiryOf(offers: readonly Offer[]): string {
  const days = offers.map(({ expirationDate }) => expirationDate ?? '').sort();
  return days.at(-1) ?? '';
}

function newestFirst(offers: readonly Offer[]): string[] {
  const sorted = [...offers].sort((a, b) => compareVersions(b.version, a.version) || (a.release < b.release ? -1 : 1));
  return [...new Set(sorted.map(({ release }) => release))];
}
