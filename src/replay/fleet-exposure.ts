import { compareVersions, parseVersion } from '../os/version.ts';
import type { Instant } from '../time/local.ts';
import type { Cohort } from './cohort.ts';
import { createSpanCount } from './exposure.ts';
import type { ReplayDevice } from './fleet.ts';
import type { ReplayStanding } from './gather.ts';
import { exploitedFixes, missesFixFrom, newestFor } from './newest.ts';
import type { ReplayResult } from './replay.types.ts';

/** For how long how many devices were behind, without a fix, past their date. */
export interface FleetExposure {
  /** Counts up to now what was so since it was judged last. */
  count(cohort: Cohort, now: Instant): void;
  /** Says how exposed it is from now on. */
  judge(cohort: Cohort, now: Instant): void;
  results(): ReplayResult['exposure'];
}

export function createFleetExposure(
  standing: Omit<ReplayStanding, 'rollouts'>,
  standsFor: (cohort: Cohort) => ReplayDevice,
): FleetExposure {
  const exposure = {
    all: createSpanCount(standing.start),
    exploited: createSpanCount(standing.start),
    overdue: createSpanCount(standing.start),
  };
  return {
    /** How exposed it has been since it was looked at last; it has been the same all the time. */
    count(cohort: Cohort, now: Instant): void {
      const from = cohort.countedTo;
      const count = cohort.members.length;
      if (cohort.exposed.all) exposure.all.add(from, now, count);
      if (cohort.exposed.exploited) exposure.exploited.add(from, now, count);
      const dueAt = cohort.exposed.overdueFrom;
      if (dueAt !== undefined) exposure.overdue.add(Math.max(from, dueAt), now, count);
      cohort.countedTo = now;
    },

    judge(cohort: Cohort, now: Instant): void {
      const { key, isSupervised, platform } = standsFor(cohort);
      const runs = parseVersion(cohort.osVersion);
      const top = newestFor(standing.catalogue, key, isSupervised, now);
      const isEnforced = cohort.decision?.mode === 'enforce' && cohort.decision.policy !== undefined;
      const isBehind = isEnforced && runs !== undefined && top !== undefined && compareVersions(top, runs) > 0;
      const fixes = isBehind && runs ? exploitedFixes(standing.severities, platform) : [];
      const misses = runs && isBehind && missesFixFrom(fixes, runs, [{ at: 0, version: top }], now, now + 1) !== undefined;
      const { deadline, target } = cohort.decision ?? {};
      cohort.exposed = { all: isBehind, exploited: misses === true, overdueFrom: target ? deadline?.dueAt : undefined };
    },
    results: () => ({
      all: exposure.all.result(),
      ...(standing.severities === undefined ? {} : { exploited: exposure.exploited.result() }),
      overdue: exposure.overdue.result(),
    }),
  };
}
