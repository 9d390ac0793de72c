import { PLATFORMS, type Platform } from '../../os/platform.ts';
import { formatVersion, isInRange } from '../../os/version.ts';
import { blackoutsFor, firstFree } from '../../policy/calendar.ts';
import { timeOfDay, writeLine } from '../../policy/ledger.ts';
import type { Policy } from '../../policy/policy.types.ts';
import { dueSeverityOf } from '../../policy/severity.ts';
import type { CatalogueRelease } from '../../releases/catalogue.types.ts';
import { severityOf, toldOf } from '../../releases/severity.ts';
import type { ToldRelease } from '../../releases/severity.types.ts';
import { DAY_MS, type Instant } from '../../time/local.ts';
import { type UtcDate, utcDateOf } from '../../time/utc-date.ts';
import type { ReleaseDay } from '../answers.ts';
import type { Standing } from '../standing.ts';

type ShownStanding = Pick<Standing, 'catalogue' | 'policies' | 'severities' | 'rollouts'>;

/** A release that came longer than this before the days asked for is not looked at. */
const LOOK_BACK_MS = 120 * DAY_MS;

/**
 * When releases came, and by when the policies in force want them: the day for a device that was under its policy from the
 * beginning, in the zone of `timeZone`. Devices that came later, rings, grace and limits have dates of their own. Earliest first.
 */
export function releaseDaysOf(
  standing: ShownStanding,
  { from, until, now }: { from: Instant; until: Instant; now: Instant },
): ReleaseDay[] {
  const systems = (standing.catalogue?.releases ?? []).filter(({ groups }) => groups.some(({ isImprovement }) => !isImprovement));
  const releases = systems.filter((release) => firstSeenAt(release) >= from - LOOK_BACK_MS);
  const [first, last] = [utcDateOf(from), utcDateOf(until)];
  const enforcing = standing.policies.mode === 'enforce' ? standing.policies.policies.filter(({ mode }) => mode === 'enforce') : [];
  const days = releases.flatMap((release): ReleaseDay[] => {
    const { platform } = release;
    const version = formatVersion(release.version);
    const exploited = toldAbout(standing, release)?.exploited ?? 0;
    const came = { day: utcDateOf(firstSeenAt(release)), platform, version, kind: 'released' as const };
    const due = enforcing.flatMap((policy): ReleaseDay[] => {
      const day = dueDay(standing, policy, release, now);
      return day === undefined ? [] : [{ day, platform, version, kind: 'due', policy: policy.name }];
    });
    return [{ ...came, ...(exploited > 0 ? { exploited } : {}) }, ...due];
  });
  return days.filter(({ day }) => day >= first && day <= last).sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : 0));
}

function firstSeenAt({ groups }: CatalogueRelease): Instant {
  return Math.min(...groups.map((group) => group.firstSeenAt));
}

/** Undefined where the policy does not want it, or where that hangs on what each device runs or is offered. */
function dueDay(standing: ShownStanding, policy: Policy, release: CatalogueRelease, now: Instant): UtcDate | undefined {
  const { policies, rollouts } = standing;
  if (!isMeant(policy, release) || release.groups.every(({ withdrawnAt }) => withdrawnAt !== undefined)) return undefined;
  const rollout = rollouts.get(policy.name)?.get(release.key);
  if (rollout?.state === 'skipped') return undefined;
  if (rollout?.expedite !== undefined) return rollout.expedite.due.slice(0, 10);
  const { due } = policy;
  const { minor, patch } = release.version;
  const told = toldAbout(standing, release);
  const version = formatVersion(release.version);
  const severity = dueSeverityOf({ due, version, isMajor: minor === 0 && patch === 0, told: told && severityOf(told) });
  const isSevere = severity === 'exploited' || severity === 'critical';
  const seenAt = firstSeenAt(release);
  const { dueLocal } = writeLine({
    ...{ policy: policy.name, enrollmentId: '', release: release.key, version, due, severity, now },
    ...{ firstSeenAt: seenAt, requiredSince: seenAt, zone: policies.timeZone, zoneAssumed: true, noticeMs: policies.noticeMs },
    ...(isSevere && told ? { severeSince: told.severeSince } : {}),
  });
  const calendar = { weekdays: due.kind === 'days' ? due.weekdays : undefined, blackouts: blackoutsFor(policies, policy) };
  return firstFree(dueLocal, timeOfDay(due), calendar).slice(0, 10);
}

function isMeant({ match, cap, target }: Policy, { platform, version }: CatalogueRelease): boolean {
  if (match.platform !== undefined && !match.platform.some((one) => keyOf(one) === platform)) return false;
  if (cap !== undefined && !isInRange(version, cap)) return false;
  switch (target.kind) {
    case 'exact':
      return target.version === formatVersion(version);
    case 'major':
      return target.major === version.major;
    default:
      return target.kind === 'latest' || target.kind === 'latest-minor';
  }
}

/** How Apple's list calls it. */
function keyOf(platform: Platform): string {
  return platform === 'iPadOS' || platform === 'tvOS' ? 'iOS' : platform;
}

function toldAbout({ severities }: ShownStanding, { platform, version }: CatalogueRelease): ToldRelease | undefined {
  const known = PLATFORMS.find((one) => one === platform);
  return known && toldOf(severities, known, version);
}
