import type { Decision } from '../decide/decide.ts';
import { compareVersions, parseVersion } from '../os/version.ts';
import type { LedgerLine } from '../policy/ledger.ts';
import type { Blackout, PolicySet } from '../policy/policy.types.ts';
import type { Rollout } from '../rollout/rollout.types.ts';
import { DAY_MS, EARLIEST_ZONE_MS, HOUR_MS, type Instant, instantOf, LATEST_ZONE_MS } from '../time/local.ts';
import type { Cohort, Judged } from './cohort.ts';
import type { ReplayDevice } from './fleet.ts';
import { type Offered, versionIn } from './offered.ts';
import { presenceAt } from './owners.ts';

/**
 * Judges what came out, not how: by Apple's raw answers, the file's blackouts, the devices' true zones and when they were
 * away. It shares no code with the decision but the conversion of wall time. test/replay plants one broken decision for
 * each promise and sees it counted.
 */

export const REPLAY_PROMISES = [
  'never-lower',
  'not-offered',
  'withdrawn',
  'notice',
  'blackout',
  'two-targets',
  'halted-ring',
  'date-moved-later',
  'deadline-moved-later',
] as const;
export type ReplayPromise = (typeof REPLAY_PROMISES)[number];

export interface Broken {
  promise: ReplayPromise;
  at: Instant;
  /** One of the devices, and how many. */
  device: string;
  devices: number;
  detail: string;
}

export interface Promises {
  /** SOFA took back how severe a release is: an audited cause for its lines to move. */
  tookBack(version: string): void;
  decided(cohort: Cohort, device: ReplayDevice, decision: Decision, rollouts: ReadonlyMap<string, Rollout> | undefined, now: Instant): void;
  fetched(cohort: Cohort, device: ReplayDevice, now: Instant): void;
  /** Devices times broken promises. */
  readonly broken: number;
  /** The first of each. */
  readonly examples: readonly Broken[];
  /** Ledger lines that got later, by whether a cause that is audited explains it. */
  readonly movedLater: { withoutCause: number; audited: number };
}

const NOTICE_MS = DAY_MS;
/** A decision adds an hour to the notice, so that the date still has it when it is fetched. */
const FETCH_MS = HOUR_MS;
const EXAMPLES_MAX = 20;

export function createPromises(policies: PolicySet, offered: Offered, start: Instant): Promises {
  const examples: Broken[] = [];
  const takenBack = new Set<string>();
  const movedLater = { withoutCause: 0, audited: 0 };
  /** An operator may ask for more. */
  const noticeMs = Math.max(NOTICE_MS, policies.noticeMs);
  let broken = 0;

  function violate(promise: ReplayPromise, cohort: Cohort, device: ReplayDevice, at: Instant, detail: string): void {
    const devices = cohort.members.length;
    broken += devices;
    if (examples.length < EXAMPLES_MAX && !examples.some((known) => known.promise === promise && known.detail === detail))
      examples.push({ promise, at, device: device.id, devices, detail });
  }

  /** Of the file, for all and of that policy. */
  function blackoutsOf(policy: string | undefined): Blackout[] {
    const own = policies.policies.find(({ name }) => name === policy)?.blackouts ?? [];
    return [...(policies.blackouts ?? []), ...own];
  }

  /** It came while the device was switched off. */
  function wasAway({ away }: Cohort, instant: Instant, now: Instant): boolean {
    if (instant > now) return false;
    const presence = presenceAt(away, start, instant);
    return presence.isAway || presenceAt(away, start, instant + 2 * HOUR_MS).isAway;
  }

  function mayBeLater(cohort: Cohort, device: ReplayDevice, before: Judged, rollout: Rollout | undefined, now: Instant): boolean {
    const { key, zone } = device;
    const at = instantOf(before.local, zone);
    if (offered.isWithdrawn(key, before.release) || !offered.isListed(device, before.release)) return true;
    if (rollout && rollout.state !== 'running') return true;
    // What had hurried it was taken back, and so was its line.
    if (takenBack.has(textIn(before.ledgerRelease))) return true;
    // It was never told that date, and it would not have had its notice any more; a Mac may be anywhere.
    const earliest = device.platform === 'macOS' ? instantOf(before.local, 'UTC') - EARLIEST_ZONE_MS : at;
    if (!before.fetched && earliest < now + noticeMs + FETCH_MS) return true;
    if (wasAway(cohort, at, now) || wasAway(cohort, at + LATEST_ZONE_MS, now)) return true;
    const lead = policies.blackoutLeadMs ?? DAY_MS;
    return blackoutsOf(before.policy).some(({ from, until }) => {
      const begins = instantOf(from, 'UTC') - EARLIEST_ZONE_MS;
      const ends = instantOf(until, 'UTC') + LATEST_ZONE_MS;
      return at < ends && now >= begins - lead;
    });
  }

  function judgeLines(cohort: Cohort, device: ReplayDevice, { ledgerLines }: Decision, now: Instant): void {
    for (const line of ledgerLines) {
      const before = cohort.lines.find((known) => isSame(known, line));
      if (before === undefined || line.dueAt <= before.dueAt) continue;
      if (takenBack.has(line.version)) movedLater.audited += cohort.members.length;
      else {
        movedLater.withoutCause += cohort.members.length;
        violate('deadline-moved-later', cohort, device, now, `${line.release} was due ${before.dueLocal} and is due ${line.dueLocal}`);
      }
    }
  }

  /** The device's deadline: the earliest line of what it misses (rule 11). */
  function judgeDeadline(cohort: Cohort, device: ReplayDevice, decision: Decision, now: Instant): void {
    const { judged } = cohort;
    const { deadline, policy } = decision;
    if (judged === undefined || deadline === undefined || judged.policy !== policy || judged.runs !== cohort.osVersion) return;
    if (deadline.dueAt <= judged.ledgerAt || offered.isWithdrawn(device.key, judged.ledgerRelease)) return;
    const target = parseVersion(decision.target?.version);
    const missed = versionIn(judged.ledgerRelease);
    // What it is to have now is below what that line was for: nothing newer is to be had any more.
    if (target && missed && compareVersions(target, missed) < 0) return;
    if (takenBack.has(textIn(judged.ledgerRelease))) return;
    movedLater.withoutCause += cohort.members.length;
    violate(
      'deadline-moved-later',
      cohort,
      device,
      now,
      `${judged.ledgerRelease} bound it, and now ${deadline.release} does, which is due later`,
    );
  }

  function judgeTarget(cohort: Cohort, device: ReplayDevice, release: string, now: Instant): void {
    const [version, runs] = [versionIn(release), parseVersion(cohort.osVersion)];
    if (version && runs && compareVersions(version, runs) <= 0)
      violate('never-lower', cohort, device, now, `${release} is not newer than ${cohort.osVersion}`);
    if (!offered.isListed(device, release)) violate('not-offered', cohort, device, now, `${release} is not offered to ${device.key}`);
    if (offered.isWithdrawn(device.key, release)) violate('withdrawn', cohort, device, now, `${release} was taken back from ${device.key}`);
  }

  return {
    tookBack: (version) => void takenBack.add(version),
    decided(cohort, device, decision, rollouts, now) {
      judgeLines(cohort, device, decision, now);
      const { enforcement, isHandedOut, deadline, policy = '' } = decision;
      const targets = decision.declarations.filter(({ Type }) => Type === 'com.apple.configuration.softwareupdate.enforcement.specific');
      if (targets.length > 1) violate('two-targets', cohort, device, now, `${targets.length} enforcements at once`);
      if (!isHandedOut || enforcement === undefined || deadline === undefined) return;
      judgeDeadline(cohort, device, decision, now);
      const { release, local } = enforcement;
      judgeTarget(cohort, device, release, now);
      const { judged } = cohort;
      const isNew = judged?.release !== release || judged.local !== local;
      const rollout = rollouts?.get(release);
      if (isNew && rollout && (rollout.state === 'halted' || rollout.state === 'skipped'))
        violate('halted-ring', cohort, device, now, `${release} is ${rollout.state}`);
      const inside = blackoutsOf(policy).find(({ from, until }) => from <= local && local < until);
      if (inside) violate('blackout', cohort, device, now, `${local} lies in ${inside.name ?? inside.from}`);
      const isComparable = judged !== undefined && judged.runs === cohort.osVersion && judged.policy === policy;
      if (isComparable && local > judged.local && !mayBeLater(cohort, device, judged, rollouts?.get(judged.release), now))
        violate('date-moved-later', cohort, device, now, `had ${judged.local} for ${judged.release}, and has ${local} for ${release}`);
      cohort.judged = {
        ...{ runs: cohort.osVersion, policy, release, local },
        handedAt: isNew || judged === undefined ? now : judged.handedAt,
        fetched: !isNew && judged?.fetched === true,
        ledgerAt: deadline.dueAt,
        ledgerRelease: deadline.release,
      };
    },
    fetched(cohort, device, now) {
      const { judged } = cohort;
      if (judged === undefined || judged.fetched) return;
      cohort.judged = { ...judged, fetched: true };
      judgeTarget(cohort, device, judged.release, now);
      const left = instantOf(judged.local, device.zone) - now;
      if (left < noticeMs) violate('notice', cohort, device, now, `fetched ${judged.local} ${Math.floor(left / HOUR_MS)} h before it`);
    },
    get broken() {
      return broken;
    },
    examples,
    movedLater,
  };
}

function isSame(a: LedgerLine, b: LedgerLine): boolean {
  return a.policy === b.policy && a.release === b.release;
}

/** "26.1" of "iOS 26.1". */
function textIn(release: string): string {
  return release.slice(release.indexOf(' ') + 1);
}
