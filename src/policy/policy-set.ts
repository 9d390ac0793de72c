import type { Platform } from '../os/platform.ts';
import { formatVersion, parseVersion, parseVersionRange } from '../os/version.ts';
import { toBlackout } from './calendar-keys.ts';
import { parseDuration } from './duration.ts';
import { type Limits, type Policy, type PolicyDue, type PolicyMatch, type PolicySet, type PolicyTarget, WEEKDAYS } from './policy.types.ts';
import { type PolicyFile, withSeconds } from './policy-file.ts';
import { toHalt, toRings } from './ring-keys.ts';
import { toSettings } from './settings-keys.ts';
import { toSeverityDays } from './severity-keys.ts';
import { parseCap, parseTarget } from './target-keys.ts';

type FileEntry = NonNullable<PolicyFile['policies']>[number];

/**
 * What a valid ratchet.yaml means, with the defaults of the rules filled in. A policy without `mode`
 * follows the one at the top. Throws only when given something the schema and the problems did not pass.
 */
export function toPolicySet(file: PolicyFile): PolicySet {
  const mode = file.mode ?? 'observe';
  const settings = toSettings(file.settings ?? {});
  return {
    mode,
    timeZone: file.timeZone ?? 'UTC',
    noticeMs: durationMs(file.notice ?? '24h'),
    graceReturningMs: durationMs(file.grace?.returning ?? '48h'),
    graceNewEnrollmentMs: durationMs(file.grace?.newEnrollment ?? '72h'),
    hardStopMs: durationMs(file.hardStop ?? '7d'),
    dmAdopt: file.dm?.adopt ?? false,
    ...(file.blackouts === undefined ? {} : { blackouts: file.blackouts.map(toBlackout) }),
    ...(file.blackoutLead === undefined ? {} : { blackoutLeadMs: durationMs(file.blackoutLead) }),
    ...(settings === undefined ? {} : { settings }),
    policies: (file.policies ?? []).map((entry) => toPolicy(entry, mode, settings)),
    limits: toLimitsForAll(file.limits ?? {}),
  };
}

function toLimitsForAll({ newPerDay, restartsPerDate, perTag }: NonNullable<PolicyFile['limits']>): Limits {
  return {
    ...(newPerDay === undefined ? {} : { newPerDay }),
    ...(restartsPerDate === undefined ? {} : { restartsPerDate }),
    ...(perTag === undefined ? {} : { perTag }),
  };
}

function toPolicy(entry: FileEntry, mode: PolicySet['mode'], settingsForAll: PolicySet['settings']): Policy {
  const settings = entry.settings === undefined ? settingsForAll : toSettings(entry.settings);
  return {
    name: entry.name,
    match: toMatch(entry.match ?? {}),
    ...(entry.except === undefined ? {} : { except: toMatch(entry.except) }),
    target: toTarget(entry.target),
    ...toLimits(entry),
    ...(entry.enrollmentMinimum === undefined ? {} : { enrollmentMinimum: entry.enrollmentMinimum }),
    due: toDue(entry.due),
    ...(entry.detailsUrl === undefined ? {} : { detailsUrl: entry.detailsUrl }),
    mode: entry.mode ?? mode,
    paused: entry.paused ?? false,
    ...(entry.channel === undefined ? {} : { channel: entry.channel }),
    ...(entry.windows === undefined
      ? {}
      : { windows: entry.windows.map(({ days = [...WEEKDAYS], zone = 'device', from, to }) => ({ days, from, to, zone })) }),
    ...(entry.blackouts === undefined ? {} : { blackouts: entry.blackouts.map(toBlackout) }),
    ...(entry.rings === undefined ? {} : { rings: toRings(entry.rings, toMatch), halt: toHalt(entry.halt) }),
    ...(entry.commands === undefined ? {} : { commands: entry.commands }),
    ...(settings === undefined ? {} : { settings }),
  };
}

function toMatch(match: NonNullable<FileEntry['match']>): PolicyMatch {
  const os = match.os === undefined ? undefined : parseVersionRange(match.os);
  return {
    ...(match.platform === undefined ? {} : { platform: list(match.platform) as Platform[] }),
    ...(match.model === undefined ? {} : { model: list(match.model) }),
    ...(os === undefined ? {} : { os }),
    ...(match.supervised === undefined ? {} : { supervised: match.supervised }),
    ...(match.ids === undefined ? {} : { ids: list(match.ids) }),
    ...(match.serials === undefined ? {} : { serials: list(match.serials) }),
    ...(match.tags === undefined ? {} : { tags: list(match.tags) }),
    ...(match.enrolledFor === undefined ? {} : { enrolledFor: toAge(match.enrolledFor) }),
  };
}

function toAge({
  atLeast,
  lessThan,
}: {
  atLeast?: string | undefined;
  lessThan?: string | undefined;
}): NonNullable<PolicyMatch['enrolledFor']> {
  return {
    ...(atLeast === undefined ? {} : { atLeastMs: durationMs(atLeast) }),
    ...(lessThan === undefined ? {} : { lessThanMs: durationMs(lessThan) }),
  };
}

function toTarget(text: string): PolicyTarget {
  const target = parseTarget(text);
  if (target === undefined) throw new TypeError(`not a target: ${text}`);
  return target;
}

function toLimits({ floor, cap, improvements }: FileEntry): Pick<Policy, 'floor' | 'cap' | 'improvements'> {
  const range = cap === undefined ? undefined : parseCap(cap);
  const only = parseVersion(improvements);
  return {
    ...(floor === undefined ? {} : { floor }),
    ...(range === undefined ? {} : { cap: range }),
    ...(improvements === undefined ? {} : { improvements: only ? { only: formatVersion(only) } : (improvements as 'follow' | 'ignore') }),
  };
}

function toDue(due: FileEntry['due']): PolicyDue {
  if (due.date !== undefined) return { kind: 'date', at: withSeconds(due.date) };
  if (due.days === undefined || due.at === undefined) throw new TypeError('due without date, or days and at');
  return {
    kind: 'days',
    days: due.days,
    at: due.at,
    ...(due.weekdays === undefined ? {} : { weekdays: due.weekdays }),
    ...(due.severity === undefined ? {} : { severity: toSeverityDays(due.severity) }),
  };
}

function durationMs(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new TypeError(`not a duration: ${text}`);
  return ms;
}

function list<T>(value: T | T[]): T[] {
  return Array.isArray(value) ? value : [value];
}
