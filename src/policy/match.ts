import type { Platform } from '../os/platform.ts';
import { isInRange, type OsVersion } from '../os/version.ts';
import type { Mode, Policy, PolicySet } from './policy.types.ts';

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
  return set.policies.find((policy) => matches(policy, subject));
}

/** Which policy it is depends on something the device has not told yet: whether it is supervised. */
export function hangsOnSupervision(set: PolicySet, subject: MatchSubject): boolean {
  if (subject.isSupervised !== undefined) return false;
  return matchPolicy(set, { ...subject, isSupervised: true }) !== matchPolicy(set, { ...subject, isSupervised: false });
}

function matches(policy: Policy, subject: MatchSubject): boolean {
  const { platform, model, os, supervised, ids, serials } = policy.match;
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
