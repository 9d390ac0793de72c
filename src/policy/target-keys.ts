import { z } from 'zod';
import { formatVersion, parseVersion, parseVersionRange, type VersionRange } from '../os/version.ts';
import type { PolicyTarget } from './policy.types.ts';

/** The keys of a policy that say what its devices are to run: `target`, `floor`, `cap`, `improvements`, `enrollmentMinimum`. */

const BEHIND = { 'n-1': 1, 'n-2': 2 } as const;
const MAJOR = /^(\d{1,3})$/;
const VERSION = /^\s*\d{1,3}\.\d/;
/** "23G83", "20A242a": Apple's builds, a supplemental one ends in a letter. */
const BUILD = /^\d{2}[A-Z]\d{1,5}[a-z]?$/;

/** What the text of `target` means; undefined when it is none. */
export function parseTarget(text: string): PolicyTarget | undefined {
  if (text === 'latest' || text === 'latest-minor') return { kind: text };
  if (text === 'n-1' || text === 'n-2') return { kind: 'behind', by: BEHIND[text] };
  const major = MAJOR.exec(text)?.[1];
  if (major !== undefined) return { kind: 'major', major: Number(major) };
  if (BUILD.test(text)) return { kind: 'build', build: text };
  const version = VERSION.test(text) ? parseVersion(text) : undefined;
  return version && { kind: 'exact', version: formatVersion(version) };
}

/** `target` as a person writes it. */
export function targetText(target: PolicyTarget): string {
  switch (target.kind) {
    case 'behind':
      return `n-${target.by}`;
    case 'major':
      return String(target.major);
    case 'exact':
      return target.version;
    case 'build':
      return target.build;
    default:
      return target.kind;
  }
}

/** Everything up to and with the parts given: "26" allows 26.6.1, "26.5" allows 26.5.2 and not 26.6. */
export function parseCap(text: string): VersionRange | undefined {
  return /^\d{1,3}(\.\d{1,3}){0,2}$/.test(text) ? parseVersionRange(`<=${text}`) : undefined;
}

/** The text of a cap, as in the file. */
export function capText(cap: VersionRange): string {
  return cap.text.replace(/^<=/, '');
}

export const TargetKey = z
  .string()
  .refine((text) => parseTarget(text) !== undefined)
  .meta({
    description:
      'latest; latest-minor (newest release of the major version the device runs); n-1 or n-2 (one or two releases before the newest); "26" (the newest 26.x); or one release, by version or build.',
    expected: 'latest, latest-minor, n-1, n-2, "26", a full version such as "26.6.1" or "26.3.1 (a)", or a build such as "23G83"',
    examples: ['latest'],
  });

export const FloorKey = z
  .string()
  .refine((text) => /^\d{1,3}(\.\d{1,3}){0,2}$/.test(text))
  .meta({
    description: 'Who runs this version or a newer one is left alone; who is below goes to the target.',
    expected: 'a version in quotes, such as "26.5"',
    examples: ['26.5'],
  });

export const CapKey = z
  .string()
  .refine((text) => parseCap(text) !== undefined)
  .meta({
    description: 'Nothing newer is asked for: "26" keeps devices on 26.x or below, "26.5" below 26.6.',
    expected: 'a version in quotes, such as "26" or "26.5"',
    examples: ['26'],
  });

export const ImprovementsKey = z
  .string()
  .refine((text) => text === 'follow' || text === 'ignore' || (parseVersion(text)?.extra ?? '') !== '')
  .meta({
    description:
      'Background security improvements (rapid security responses): ignore (the default), follow (the newest for the release a device is to run), or one of them.',
    expected: 'ignore, follow, or one improvement such as "26.3.1 (a)"',
    examples: ['follow'],
  });

export const EnrollmentMinimumKey = z
  .string()
  .refine((text) => text === 'target' || /^\d{1,3}(\.\d{1,3}){0,2}$/.test(text))
  .meta({
    description:
      'A device that would enroll on less is sent away to update to the target first, in Setup Assistant (Automated Device Enrollment, iOS 17 and macOS 14 or newer), where the enrollment gate is on: see docs/gate.md. target: on less than the target.',
    expected: 'a version in quotes, such as "26.5", or target',
    examples: ['26.5'],
  });
