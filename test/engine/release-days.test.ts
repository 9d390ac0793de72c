import { describe, expect, it } from 'vitest';
import { releaseDaysOf } from '../../src/engine/show/release-days.ts';
import type { Policy, PolicySet } from '../../src/policy/policy.types.ts';
import type { CatalogueRelease } from '../../src/releases/catalogue.types.ts';
import type { Severities } from '../../src/releases/severity.types.ts';
import type { Rollout } from '../../src/rollout/rollout.types.ts';
import { DAY_MS } from '../../src/time/local.ts';
import { catalogue, NOW, policy, policySet, release } from '../decide/builders.ts';

/** NOW is Monday, 2040-09-10, 08:00 UTC. */
interface Given {
  releases?: CatalogueRelease[];
  set?: Partial<PolicySet>;
  severities?: Severities;
  rollout?: Partial<Rollout>;
}

function daysOf({ releases = [release('40.6', { firstSeenAt: NOW })], set = {}, severities, rollout }: Given): string[] {
  const rollouts = new Map(rollout === undefined ? [] : [['everyone', new Map([['iOS 40.6', rollout as Rollout]])]]);
  const standing = { catalogue: catalogue(releases), policies: { ...policySet(), ...set }, severities, rollouts };
  return releaseDaysOf(standing, { from: NOW - 30 * DAY_MS, until: NOW + 21 * DAY_MS, now: NOW }).map(
    ({ day, platform, version, kind, policy: name, exploited }) =>
      [day.slice(5), platform, version, kind, name, exploited].filter((part) => part !== undefined).join(' '),
  );
}

const one = (changes: Partial<Policy>) => ({ set: { policies: [policy(changes)] } });
const EXPLOITED: Severities = {
  schema: 1,
  platforms: [
    {
      platform: 'iOS',
      goodAt: NOW,
      releases: [
        { version: '40.6', builds: [], cves: 9, exploited: 2, critical: 0, firstToldAt: NOW, severeSince: NOW + 2 * DAY_MS, isTold: true },
      ],
    },
  ],
};

describe('days of releases', () => {
  it('are when they came, and when each policy wants them', () => {
    const policies = [
      policy(),
      policy({ name: 'macs', match: { platform: ['macOS'] } }),
      policy({ name: 'slow', due: { kind: 'days', days: 14, at: '03:00' } }),
    ];
    expect(daysOf({ set: { policies } })).toEqual(['09-10 iOS 40.6 released', '09-17 iOS 40.6 due everyone', '09-24 iOS 40.6 due slow']);
  });

  it.each<[string, Given, string[]]>([
    ['on a free weekday', one({ due: { kind: 'days', days: 7, at: '18:00', weekdays: ['wed'] } }), ['09-19 iOS 40.6 due everyone']],
    [
      'after a blackout',
      { set: { blackouts: [{ from: '2040-09-16T00:00:00', until: '2040-09-20T00:00:00' }] } },
      ['09-20 iOS 40.6 due everyone'],
    ],
    ['on a day of its own', one({ due: { kind: 'date', at: '2040-09-28T12:00:00' } }), ['09-28 iOS 40.6 due everyone']],
    [
      'when a person expedited it',
      { rollout: { state: 'running', expedite: { due: '2040-09-12T09:00:00', at: NOW, by: 'jane' } } },
      ['09-12 iOS 40.6 due everyone'],
    ],
  ])('are due %s', (_name, given, due) => {
    expect(daysOf(given)).toEqual(['09-10 iOS 40.6 released', ...due]);
  });

  it('are sooner for what fixes something exploited, counted from when that is known', () => {
    const due = { kind: 'days' as const, days: 14, at: '18:00', severity: { exploited: 3 } };
    expect(daysOf({ ...one({ due }), severities: EXPLOITED })).toEqual(['09-10 iOS 40.6 released 2', '09-15 iOS 40.6 due everyone']);
  });

  it.each<[string, Given]>([
    ['observes', one({ mode: 'observe' })],
    ['may only observe', { set: { mode: 'observe' } }],
    ['wants another version', one({ target: { kind: 'exact', version: '40.5' } })],
    ['wants another major version', one({ target: { kind: 'major', major: 39 } })],
    ['goes by what each device is offered', one({ target: { kind: 'behind', by: 1 } })],
    ['wants a release that was skipped', { rollout: { state: 'skipped' } }],
    ['wants what Apple took back', { releases: [release('40.6', { firstSeenAt: NOW, withdrawnAt: NOW })] }],
  ])('are not due where the policy %s', (_name, given) => {
    expect(daysOf(given)).toEqual(['09-10 iOS 40.6 released']);
  });

  it('are those asked for, the due day of an earlier release among them', () => {
    const came = (daysAgo: number) => ({ releases: [release('40.6', { firstSeenAt: NOW - daysAgo * DAY_MS })] });
    expect(daysOf(came(31))).toEqual(['08-17 iOS 40.6 due everyone']);
    expect(daysOf(came(38))).toEqual([]);
    expect(daysOf({ releases: [release('40.6', { firstSeenAt: NOW, isImprovement: true })] })).toEqual([]);
  });
});
