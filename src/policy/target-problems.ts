import { lastMajorBefore26, PLATFORMS, type Platform, wasEver } from '../os/platform.ts';
import { compareVersions, isInRange, type OsVersion, parseVersion } from '../os/version.ts';
import type { Policy } from './policy.types.ts';
import type { PolicyFinding } from './policy-finding.types.ts';
import { capText, parseCap, parseTarget, targetText } from './target-keys.ts';

/** Targets, floors and caps that contradict each other. */

type Loose = Record<string, unknown>;

/** Of the file as it was read; what has the wrong type is passed over. */
export function targetProblems(policies: readonly Loose[]): PolicyFinding[] {
  return policies.flatMap((policy, index) => problemsOf(policy, ['policies', index]));
}

function problemsOf(policy: Loose, path: (string | number)[]): PolicyFinding[] {
  const target = typeof policy.target === 'string' ? parseTarget(policy.target) : undefined;
  const floorText = textOf(policy.floor);
  const floor = parseVersion(floorText);
  const cap = policy.cap === undefined ? undefined : parseCap(textOf(policy.cap));
  const named =
    target?.kind === 'exact' ? parseVersion(target.version) : target?.kind === 'major' ? parseVersion(String(target.major)) : undefined;
  const problems: PolicyFinding[] = [];
  const add = (key: string, message: string, expected: string, fix: string): void => {
    problems.push({ path: [...path, key], at: 'value', message, expected, fix });
  };
  if (floor && cap && !isInRange(floor, cap))
    add(
      'floor',
      `the floor ${floorText} is above the cap ${capText(cap)}`,
      'a floor that the cap allows',
      'lower the floor, or raise the cap',
    );
  if (named && cap && !isInRange(named, cap))
    add(
      'cap',
      `the cap ${capText(cap)} does not allow the target ${policy.target}`,
      'a cap that allows the target',
      'raise the cap, or remove it',
    );
  if (target?.kind === 'exact' && floor && named && compareVersions({ ...named, extra: '' }, floor) < 0)
    add(
      'floor',
      `the floor ${floorText} is above the target ${target.version}: nobody could ever reach it`,
      'a floor at or below the target',
      'lower the floor, or raise the target',
    );
  if (target?.kind === 'major' && floor && floor.major > target.major)
    add(
      'floor',
      `the floor ${floorText} is above the target ${targetText(target)}: nobody could ever reach it`,
      'a floor at or below the target',
      'lower the floor, or raise the target',
    );
  const minimumText = textOf(policy.enrollmentMinimum);
  const minimum = parseVersion(minimumText);
  const highest = cap ? capText(cap) : target && targetText(target);
  const isBelow = cap ? minimum && !isInRange(minimum, cap) : named && minimum && isAbove(minimum, named, target?.kind === 'major');
  if (isBelow)
    add(
      'enrollmentMinimum',
      `enrollmentMinimum ${minimumText} is above the ${cap ? 'cap' : 'target'} ${highest}: no device could be sent to it`,
      `a version at or below the ${cap ? 'cap' : 'target'}`,
      `lower enrollmentMinimum, or raise the ${cap ? 'cap' : 'target'}`,
    );
  if (named && !platformsNamed(policy).some((platform) => wasEver(platform, named.major)))
    add(
      'target',
      `${listed(platformsNamed(policy))} ${named.major} does not exist: after ${lastOldMajors(platformsNamed(policy))} comes 26`,
      'a version that Apple has released or may release',
      'see ratchet releases show for what there is',
    );
  if ((target?.kind === 'exact' || target?.kind === 'build') && policy.improvements !== undefined)
    add(
      'improvements',
      `improvements can't stand beside one exact release (${policy.target})`,
      'improvements beside latest, latest-minor, n-1, n-2 or a major version',
      'remove improvements, or write the one you mean as the target: "26.3.1 (a)"',
    );
  const only = parseVersion(textOf(policy.improvements));
  if (only && cap && !isInRange(only, cap))
    add(
      'improvements',
      `the cap ${capText(cap)} does not allow ${policy.improvements}`,
      'an improvement that the cap allows',
      'raise the cap, or remove it',
    );
  return problems;
}

function isAbove(minimum: OsVersion, target: OsVersion, isMajor: boolean): boolean {
  return isMajor ? minimum.major > target.major : compareVersions(minimum, { ...target, extra: '' }) > 0;
}

/** Allowed, but probably not meant. */
export function targetWarnings(policy: Policy, path: (string | number)[]): PolicyFinding[] {
  const { target, match, floor } = policy;
  const warnings: PolicyFinding[] = [];
  if (target.kind === 'behind' && match.supervised === false)
    warnings.push({
      path: [...path, 'target'],
      at: 'value',
      message: `Apple offers devices that are not supervised only the newest of each major version: ${targetText(target)} is seldom among them`,
      expected: 'latest, latest-minor or a major version',
      fix: 'they get the newest release below it that they are offered, or none',
    });
  if (target.kind === 'build')
    warnings.push({
      path: [...path, 'target'],
      at: 'value',
      message: `most releases have several builds, and a device gets the one made for it: devices that ${target.build} is not for stay where they are`,
      expected: 'a version, unless it is about this build',
      fix: 'write the version, such as "26.6.1"',
    });
  if (target.kind === 'latest-minor' && floor !== undefined)
    warnings.push({
      path: [...path, 'floor'],
      at: 'value',
      message: `under latest-minor a device of an older major version than ${floor} never reaches that floor`,
      expected: 'a floor for devices of one major version (match.os)',
      fix: 'write target: latest, or match: { os: … }',
    });
  return warnings;
}

/** Those a policy names; all when it names none. What is no platform is passed over. */
function platformsNamed({ match }: Loose): Platform[] {
  const given = typeof match === 'object' && match !== null ? (match as Loose).platform : undefined;
  const named = [given].flat().filter((name): name is Platform => PLATFORMS.includes(name as Platform));
  return named.length > 0 ? named : PLATFORMS.filter((platform) => platform !== 'unknown');
}

function listed(platforms: readonly Platform[]): string {
  return platforms.length > 3 ? 'A system' : platforms.join(' or ');
}

function lastOldMajors(platforms: readonly Platform[]): string {
  return [...new Set(platforms.map((platform) => lastMajorBefore26(platform)))].filter((major) => major !== undefined).join(', ');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
