import type { MachineInfo } from '../mdm/machine-info.ts';
import { platformOf } from '../os/platform.ts';
import type { OsVersion } from '../os/version.ts';
import { type MatchSubject, matches } from '../policy/match.ts';
import type { Policy, PolicyMatch, PolicySet } from '../policy/policy.types.ts';
import type { Instant } from '../time/local.ts';

/** Which policy means a device that is not enrolled yet. It may hang on what is told only afterwards: then it is not guessed. */

export interface Enrolling {
  info: MachineInfo;
  version: OsVersion | undefined;
  /** Given to its serial number or UDID by people. */
  tags: readonly string[];
  now: Instant;
}

/** The policies one of which will be the first that means it, in order; `undefined` among them: perhaps none does. */
export function candidatesFor({ policies }: PolicySet, device: Enrolling): (Policy | undefined)[] {
  const candidates: (Policy | undefined)[] = [];
  for (const policy of policies) {
    const means = meansIt(policy, device);
    if (means === 'no') continue;
    candidates.push(policy);
    if (means === 'yes') return candidates;
  }
  return [...candidates, undefined];
}

type Answer = 'yes' | 'no' | 'perhaps';

function meansIt({ match, except }: Policy, device: Enrolling): Answer {
  const isMatched = matchesIt(match, device);
  const isExcepted = except === undefined ? 'no' : matchesIt(except, device);
  if (isMatched === 'no' || isExcepted === 'yes') return 'no';
  return isMatched === 'yes' && isExcepted === 'no' ? 'yes' : 'perhaps';
}

/** What is not told yet neither holds nor fails: the rest of the match may fail all the same. */
function matchesIt(match: PolicyMatch, device: Enrolling): Answer {
  const told: PolicyMatch = { ...match };
  for (const field of openFields(match, device)) delete told[field];
  if (!matches(told, subjectOf(device))) return 'no';
  return Object.keys(told).length === Object.keys(match).length ? 'yes' : 'perhaps';
}

function openFields({ ids, serials, model, os, tags }: PolicyMatch, device: Enrolling): (keyof PolicyMatch)[] {
  const { info, version } = device;
  return [
    ...(ids && info.udid === undefined ? ['ids' as const] : []),
    ...(serials && info.serialNumber === undefined ? ['serials' as const] : []),
    ...(model && info.productName === undefined ? ['model' as const] : []),
    ...(os && version === undefined ? ['os' as const] : []),
    // More may come with the address it will check in at, but none is taken away.
    ...(tags && !tags.some((tag) => device.tags.includes(tag)) ? ['tags' as const] : []),
  ];
}

function subjectOf({ info, version, tags, now }: Enrolling): MatchSubject {
  return {
    id: info.udid ?? '',
    serialNumber: info.serialNumber,
    platform: platformOf(info.productName),
    productName: info.productName,
    version,
    // Setup Assistant asks for a profile in Automated Device Enrollment only, and that supervises (from iOS 13, macOS 11).
    isSupervised: true,
    tags,
    enrolledAt: now,
    now,
  };
}
