import type { Platform } from '../os/platform.ts';
import { isInRange, type OsVersion } from '../os/version.ts';
import type { Mode, Policy, PolicyMatch, PolicySet } from './policy.types.ts';

/** What a policy may look at. */
export interface MatchSubject {
  id: string;
  serialNumber: string | undefined;
  platform: Platform;
  productName: string | undefined;
  version: OsVersion | undefined;
  isSupervised: boolean | undefined;
}

/** The first policy that matches. A field the policy asks for and the device has not told doesn't match. */
export function matchPolicy(set: PolicySet, subject: MatchSubject): Policy | undefined {
  return set.policies.find(({ match }) => matches(match, subject));
}

/** What a device may not have told yet though policies hang on it, by Apple's names. */
export type Untold = 'IsSupervised' | 'SerialNumber';

/**
 * What would have to be told before it is certain which policy it is: nobody is updated under one policy who may be named,
 * by a serial number still to come, in one that stands before it.
 */
export function hangsOn(set: PolicySet, subject: MatchSubject): Untold[] {
  const untold: Untold[] = [];
  if (subject.isSupervised === undefined) {
    const [one, other] = [true, false].map((isSupervised) => matchPolicy(set, { ...subject, isSupervised }));
    if (one !== other) untold.push('IsSupervised');
  }
  if (subject.serialNumber === undefined) {
    const decides = matchPolicy(set, subject);
    const before = decides === undefined ? set.policies : set.policies.slice(0, set.policies.indexOf(decides));
    if (before.some(({ match: { serials, ...rest } }) => serials !== undefined && matches(rest, subject))) untold.push('SerialNumber');
  }
  return untold;
}

function matches({ platform, model, os, supervised, ids, serials }: PolicyMatch, subject: MatchSubject): boolean {
  if (platform && !platform.includes(subject.platform)) return false;
  if (model && !model.some((pattern) => matchesModel(pattern, subject.productName))) return false;
  if (os && (subject.version === undefined || !isInRange(subject.version, os))) return false;
  if (supervised !== undefined && subject.isSupervised !== supervised) return false;
  if (ids && !ids.includes(subject.id)) return false;
  if (serials && (subject.serialNumber === undefined || !serials.includes(subject.serialNumber))) return false;
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
