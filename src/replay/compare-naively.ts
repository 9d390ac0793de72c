import { matchPolicy, modeInForce } from '../policy/match.ts';
import type { PolicySet } from '../policy/policy.types.ts';
import type { Instant } from '../time/local.ts';
import { createSpanCount } from './exposure.ts';
import type { ReplayDevice } from './fleet.ts';
import { subjectOf } from './gather.ts';
import { followLaggard, followNaively, type NaiveCount, type NaiveDevice } from './naive.ts';
import type { ExploitedHistory, NewestHistory } from './newest.ts';
import { awayGroup } from './owners.ts';
import type { ReplayResult } from './replay.types.ts';

/** Of policies with one fixed date, which the naive rule has no use for. */
const DAYS = 14;
const LAGGARD_DAYS = 30;
/** Of all models the one to look at first, where the fleet has it. */
const LAGGARD_MODEL = 'iPhone15,2';

export interface NaiveOptions {
  fleet: readonly ReplayDevice[];
  policies: PolicySet;
  seed: string;
  start: Instant;
  end: Instant;
  newest: NewestHistory;
  /** Absent: SOFA told nothing. */
  exploited: ExploitedHistory | undefined;
}

/** The same fleet under the naive rule, with the days of the policy each device had at the beginning. */
export function compareNaively({ fleet, policies, seed, start, end, newest, exploited }: NaiveOptions): ReplayResult['naive'] {
  const count: NaiveCount = {
    datesMovedLater: 0,
    datesSet: 0,
    exposed: createSpanCount(start),
    exploited: createSpanCount(start),
    overdue: createSpanCount(start),
  };
  for (const device of fleet) {
    const { id, platform, key, isSupervised, zone, osVersion } = device;
    const policy = matchPolicy(policies, subjectOf(device, osVersion, start, start));
    if (policy === undefined || modeInForce(policies, policy) !== 'enforce') continue;
    const history = newest.of(key, isSupervised);
    const { due } = policy;
    const naive: NaiveDevice = {
      ...{ id, osVersion, zone, newest: history, away: awayGroup(seed, id) },
      days: due.kind === 'days' ? due.days : DAYS,
      timeOfDay: due.kind === 'days' ? due.at : due.at.slice(11, 16),
    };
    followNaively(
      naive,
      {
        ...{ seed, start, end },
        exploitedSpans: (_device, runs, from, to) => exploited?.spans(platform, runs, history, from, to) ?? [],
      },
      count,
    );
  }
  const laggard = laggardOf(fleet, newest, end);
  return {
    datesMovedLater: count.datesMovedLater,
    datesSet: count.datesSet,
    exposure: {
      all: count.exposed.result(),
      ...(exploited === undefined ? {} : { exploited: count.exploited.result() }),
      overdue: count.overdue.result(),
    },
    ...(laggard ? { laggard } : {}),
  };
}

function laggardOf(fleet: readonly ReplayDevice[], newest: NewestHistory, end: Instant): ReplayResult['naive']['laggard'] {
  const device = fleet.find(({ key }) => key === LAGGARD_MODEL) ?? fleet.find(({ platform }) => platform === 'iOS') ?? fleet[0];
  const laggard = device && followLaggard(newest.of(device.key, device.isSupervised), LAGGARD_DAYS, end);
  return device && laggard ? { model: device.key, ...laggard } : undefined;
}
