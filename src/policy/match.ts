import type { Platform } from '../os/platform.ts';
import { isInRange, type OsVersion } from '../os/version.ts';
import type { Instant } from '../time/local.ts';
import type { Mode, Policy, PolicyMatch, PolicySet } from './policy.types.ts';

/** What a policy may look at. */
export interface MatchSubject {
  id: string;
  serialNumber: string | undefined;
  platform: Platform;
  productName: string | undefined;
  version: OsVersion | undefined;
  isSupervised: boolean | undefined;
  tags: readonly string[];
  /** When it was enrolled; when it was first heard of, where nobody heard that. */
  enrolledAt: Instant;
  now: Instant;
}

/** The first policy that matches. A field the policy asks for and the device has not told doesn't match. */
export function matchPolicy(set: PolicySet, subject: MatchSubject): Policy | undefined {
  return set.policies.find((policy) => isMeant(policy, subject));
}

/** What a device may not have told yet though policies hang on it, by Apple's names. */
export type Untold = 'IsSupervised' | 'SerialNumber';

/**
 * What would have to be told before it is certain which policy it is: nobody is updated under one policy who is named,
 * by a serial number still to come, in one that stands before it, or as its exception.
 */
export function hangsOn(set: PolicySet, subject: MatchSubject): Untold[] {
  const untold: Untold[] = [];
  if (subject.isSupervised === undefined) {
    const [one, other] = [true, false].map((isSupervised) => matchPolicy(set, { ...subject, isSupervised }));
    if (one !== other) untold.push('IsSupervised');
  }
  if (subject.serialNumber === undefined) {
    const decides = matchPolicy(set, subject);
    const first = decides === undefined ? set.policies : set.policies.slice(0, set.policies.indexOf(decides) + 1);
    const names = ({ match, except }: Policy) => match.serials !== undefined || except?.serials !== undefined;
    const couldBe = ({ match: { serials: _, ...rest } }: Policy) => matches(rest, subject);
    if (first.some((policy) => names(policy) && couldBe(policy))) untold.push('SerialNumber');
  }
  return untold;
}

/** When time alone next makes another policy match: it comes of age. Undefined: never. */
export function comesOfAgeAt({ policies }: PolicySet, { enrolledAt, now }: Pick<MatchSubject, 'enrolledAt' | 'now'>): Instant | undefined {
  const ages = policies.flatMap(({ match, except }) => [match, except].flatMap((one) => agesOf(one ?? {})));
  const instants = ages.map((age) => enrolledAt + age).filter((at) => at > now);
  return instants.length === 0 ? undefined : Math.min(...instants);
}

function agesOf({ enrolledFor }: PolicyMatch): number[] {
  return [enrolledFor?.atLeastMs, enrolledFor?.lessThanMs].filter((age) => age !== undefined);
}

/** Every policy that means the device, in order: the first decides. */
export function allMeant(set: PolicySet, subject: MatchSubject): Policy[] {
  return set.policies.filter((policy) => isMeant(policy, subject));
}

function isMeant({ match, except }: Policy, subject: MatchSubject): boolean {
  return matches(match, subject) && !(except !== undefined && matches(except, subject));
}

/** Every field given holds; one the device has not told doesn't. */
export function matches(match: PolicyMatch, subject: MatchSubject): boolean {
  const { platform, model, os, supervised, ids, serials, tags, enrolledFor } = match;
  if (platform && !platform.includes(subject.platform)) return false;
  if (model && !model.some((pattern) => matchesModel(pattern, subject.productName))) return false;
  if (os && (subject.version === undefined || !isInRange(subject.version, os))) return false;
  if (supervised !== undefined && subject.isSupervised !== supervised) return false;
  if (ids && !ids.includes(subject.id)) return false;
  if (serials && (subject.serialNumber === undefined || !serials.includes(subject.serialNumber))) return false;
  if (tags && !tags.some((tag) => subject.tags.includes(tag))) return false;
  if (enrolledFor) {
    const age = subject.now - subject.enrolledAt;
    const { atLeastMs = 0, lessThanMs = Number.POSITIVE_INFINITY } = enrolledFor;
    if (age < atLeastMs || age >= lessThanMs) return false;
  }
  return true;
}

function matchesModel(pattern: string, productName: string | undefined): boolean {
  if (productName === undefined) return false;
  return pattern.endsWith('*') ? productName.startsWith(pattern.slice(0, -1)) : productName === pattern;
}

const STRICTNESS: Record<Mode, number> = { silent: 0, observe: 1, enforce: 2 };

/** The mode in force: the global one is a ceiling (rule 20). */
export function modeInForce(set: PolicySet, policy: Policy | undefined): Mode {
  const own = policy?.mode ?? set.mode;
  return STRICTNESS[own] <= STRICTNESS[set.mode] ? own : set.mode;
}
