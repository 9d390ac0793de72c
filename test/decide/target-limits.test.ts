import { describe, expect, it } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import type { VersionRange } from '../../src/os/version.ts';
import type { Policy, PolicyTarget } from '../../src/policy/policy.types.ts';
import { parseCap, parseTarget } from '../../src/policy/target-keys.ts';
import type { CatalogueRelease } from '../../src/releases/catalogue.types.ts';
import { DAY_MS } from '../../src/time/local.ts';
import { catalogue, input, NOW, PHONE_FACTS, release, withPolicy } from './builders.ts';

/** Rules 8 and 10: targets that follow Apple's releases at a distance, and their floor, cap and improvements. */

const target = (text: string) => ({ target: parseTarget(text) as PolicyTarget });
const cap = (text: string) => ({ cap: parseCap(text) as VersionRange });
const GONE = { unlistedAt: NOW - DAY_MS, isPublic: false, isManaged: false };

const OFFERED = [release('41.1'), release('41.0'), release('40.6'), release('40.5.1'), release('40.5'), release('39.9')];

function decided(policy: Partial<Policy>, osVersion: string, releases: CatalogueRelease[], facts = {}) {
  return decide(
    input({
      policies: withPolicy(policy),
      catalogue: catalogue(releases),
      enrollment: { facts: { ...PHONE_FACTS, osVersion, osVersionExtra: undefined, ...facts } },
    }),
  );
}

type Row = [string, Partial<Policy>, string, CatalogueRelease[], string];

describe('n-1 and n-2', () => {
  it.each<Row>([
    ['the release before the newest', target('n-1'), '40.5', OFFERED, 'iOS 41.0'],
    ['the one before that', target('n-2'), '40.5', OFFERED, 'iOS 40.6'],
    ['there already', target('n-1'), '41.0', OFFERED, 'verified'],
    ['above: never a downgrade', target('n-1'), '41.1', OFFERED, 'verified'],
    [
      'one that Apple took back is not counted',
      target('n-1'),
      '40.5',
      [release('41.1', { withdrawnAt: NOW }), ...OFFERED.slice(1)],
      'iOS 40.6',
    ],
    ['improvements are not counted', target('n-1'), '40.5', [release('41.1 (a)'), ...OFFERED], 'iOS 41.0'],
    [
      'no longer listed, it is counted all the same',
      target('n-2'),
      '40.5',
      [release('41.1'), release('41.0', GONE), ...OFFERED.slice(2)],
      'iOS 40.6',
    ],
    [
      'no longer offered itself: the newest below it',
      target('n-1'),
      '40.5',
      [release('41.1'), release('41.0', GONE), ...OFFERED.slice(2)],
      'iOS 40.6',
    ],
    [
      'no longer offered, with nothing between: said so',
      target('n-1'),
      '40.6',
      [release('41.1'), release('41.0', GONE), ...OFFERED.slice(2)],
      'release-expired',
    ],
    ['fewer releases than that', target('n-2'), '40.4', [release('40.6'), release('40.5')], 'target-not-offered'],
    ['fewer releases than that, and it runs one of them', target('n-2'), '40.5', [release('40.6'), release('40.5')], 'verified'],
    ['a single one, and it runs that', target('n-1'), '40.5', [release('40.5')], 'verified'],
    ['a single one, and it runs less', target('n-1'), '40.4', [release('40.5')], 'target-not-offered'],
    [
      'neither it nor anything else within the cap is listed, and the device is above it',
      { ...target('n-1'), ...cap('40') },
      '41.0',
      [release('41.1'), release('40.6', GONE), release('40.5', GONE)],
      'verified',
    ],
    [
      'neither it nor anything else within the cap is listed, and the device is below it',
      { ...target('n-1'), ...cap('40') },
      '40.4',
      [release('41.1'), release('40.6', GONE), release('40.5', GONE)],
      'release-expired',
    ],
    ['counted within the cap', { ...target('n-1'), ...cap('40') }, '40.5', OFFERED, 'iOS 40.5.1'],
    [
      'not public: the newest below it that is',
      target('n-1'),
      '39.8',
      [release('41.1'), release('41.0', { isPublic: false }), release('40.6', { isPublic: false }), release('39.9')],
      'iOS 39.9',
    ],
    [
      'not public, with nothing between: said so',
      target('n-1'),
      '39.9',
      [release('41.1'), release('41.0', { isPublic: false }), release('40.6', { isPublic: false }), release('39.9')],
      'target-not-offered',
    ],
    ['not public, and the device is above it', target('n-1'), '41.0', [release('41.1'), release('41.0', { isPublic: false })], 'verified'],
    [
      'expired, with nothing between: said so',
      target('n-1'),
      '40.6',
      [release('41.1'), release('41.0', { expirationDate: '2040-09-09' }), ...OFFERED.slice(2)],
      'release-expired',
    ],
    [
      'an improvement of it that is gone takes nothing away',
      { ...target('n-1'), improvements: 'follow' },
      '41.0',
      [release('41.1'), release('41.0 (a)', GONE), ...OFFERED.slice(1)],
      'verified',
    ],
  ])('%s', (_, policy, osVersion, releases, expected) => {
    const facts = _.startsWith('not public') ? { isSupervised: false } : {};
    const decision = decided(policy, osVersion, releases, facts);
    expect(decision.target?.release ?? decision.reason).toBe(expected);
  });

  it.each([
    ['n-1 is asked for since the newest is there', 'n-1', [2], 2],
    ['n-1, two newer: since the first of them', 'n-1', [2, 5], 5],
    ['n-2: since the second of them', 'n-2', [2, 5], 2],
    ['latest: since it was seen itself', 'latest', [], 30],
  ])('%s', (_, text, newerDaysAgo, expectedDaysAgo) => {
    const newer = newerDaysAgo.map((days, index) => release(`41.${index}`, { firstSeenAt: NOW - days * DAY_MS }));
    // What is not public is only counted: the device is not supervised.
    const managed = newer.map((one) => ({ ...one, groups: one.groups.map((group) => ({ ...group, isPublic: false })) }));
    const decision = decide(
      input({
        policies: withPolicy(target(text)),
        memory: { lastSeenAt: 0, requiredBy: { policy: 'everyone', wants: text, since: NOW - 90 * DAY_MS } },
        catalogue: catalogue([...managed, release('40.6', { firstSeenAt: NOW - 30 * DAY_MS }), release('40.5')]),
        enrollment: { facts: { ...PHONE_FACTS, isSupervised: false } },
      }),
    );
    expect(decision.target?.release).toBe('iOS 40.6');
    expect(decision.deadline?.clockStartAt).toBe(NOW - expectedDaysAgo * DAY_MS);
  });
});

describe('a major version', () => {
  it.each<Row>([
    ['its newest', target('40'), '39.9', OFFERED, 'iOS 40.6'],
    ['there already', target('40'), '40.6', OFFERED, 'verified'],
    ['above', target('40'), '41.0', OFFERED, 'verified'],
    ['above, and nothing of it was ever offered', target('38'), '39.9', OFFERED, 'verified'],
    ['nothing of it is offered', target('42'), '41.0', OFFERED, 'target-not-offered'],
  ])('%s', (_, policy, osVersion, releases, expected) => {
    const decision = decided(policy, osVersion, releases);
    expect(decision.target?.release ?? decision.reason).toBe(expected);
  });
});

describe('what is there for supervised devices only', () => {
  const releases = [release('41.0'), release('40.6', { isPublic: false }), release('40.5', { isPublic: false }), release('39.9')];
  it.each<[string, Partial<Policy>, string, boolean | undefined, string]>([
    ['is not asked of others, nor are they verified', cap('40'), '40.5', false, 'target-not-offered'],
    ['is not asked while nothing is known of supervision, nor called not offered', cap('40'), '40.5', undefined, 'inventory-missing'],
    ['so by an exact version', target('40.6'), '40.5', undefined, 'inventory-missing'],
    ['not known: what all may have, first', cap('40'), '39.8', undefined, 'iOS 39.9'],
    ['not known: there all the same', cap('40'), '40.6', undefined, 'verified'],
    ['not known, and nothing for supervised devices either', target('42'), '41.0', undefined, 'target-not-offered'],
    ['is asked of these', cap('40'), '40.5', true, 'iOS 40.6'],
    ['by a major version', target('40'), '40.5', false, 'target-not-offered'],
    ['by latest-minor', target('latest-minor'), '40.5', false, 'target-not-offered'],
    ['there all the same', cap('40'), '40.6', false, 'verified'],
    ['before that, what others get, too', cap('40'), '39.8', false, 'iOS 39.9'],
    ['latest goes past it', {}, '40.5', false, 'iOS 41.0'],
    ['latest is what the device is offered', {}, '41.0', false, 'verified'],
  ])('%s', (_, policy, osVersion, isSupervised, expected) => {
    const decision = decided(policy, osVersion, releases, { isSupervised });
    expect(decision.target?.release ?? decision.reason).toBe(expected);
  });

  it.each<[string, Partial<Policy>, CatalogueRelease[]]>([
    ['by latest, though it runs the newest for all', {}, [release('41.0', { isPublic: false }), release('40.5')]],
    ['by n-1, one for all being taken back', target('n-2'), [release('41.1'), release('41.0', { withdrawnAt: NOW }), ...releases]],
    [
      'by n-1, which itself is gone',
      target('n-1'),
      [release('41.1'), release('41.0', GONE), release('40.6', { isPublic: false }), release('40.5')],
    ],
  ])('is nothing to decide by without knowing: %s', (_, policy, offered) => {
    const reasonOf = (isSupervised: boolean | undefined) => {
      const { target: wanted, reason } = decided(policy, '40.5', offered, { isSupervised });
      return wanted?.release ?? reason;
    };
    expect(reasonOf(undefined)).toBe('inventory-missing');
    expect(reasonOf(true)).toMatch(/^iOS 4/);
    expect(reasonOf(false)).not.toMatch(/^iOS 4/);
  });

  it('keeps subscriptions from nobody who has not told whether it is supervised, and is not seen when it never does', () => {
    const facts = { ...PHONE_FACTS, osVersion: '40.5', osVersionExtra: undefined, isSupervised: undefined };
    const at = (lastSeenAt: number) =>
      decide(input({ policies: withPolicy(cap('40')), catalogue: catalogue(releases), enrollment: { facts, lastSeenAt } }));
    const [there, gone] = [at(NOW), at(NOW - 4 * DAY_MS)];
    expect([there.reason, there.evidence]).toEqual(['inventory-missing', { missing: ['IsSupervised'], release: 'iOS 40.6' }]);
    expect(gone.reason).toBe('not-seen');
    for (const { declarations } of [there, gone])
      expect(declarations.map(({ Type }) => Type)).toContain('com.apple.configuration.management.status-subscriptions');
  });
});

describe('a build', () => {
  const builds = [release('40.6', { builds: ['40G83', '40G6083'] }), release('40.5')];
  it.each<Row>([
    ['names its release', target('40G6083'), '40.5', builds, 'iOS 40.6'],
    ['of a release that is installed: there, whatever the build', target('40G6083'), '40.6', builds, 'verified'],
    ['that Apple does not offer the device', target('40G99'), '40.5', builds, 'target-not-offered'],
  ])('%s', (_, policy, osVersion, releases, expected) => {
    const decision = decided(policy, osVersion, releases);
    expect(decision.target?.release ?? decision.reason).toBe(expected);
  });

  it('stands in the declaration, as the version does', () => {
    const decision = decided(target('40G6083'), '40.5', builds);
    expect(decision.enforcement).toMatchObject({ version: '40.6', build: '40G6083' });
    expect(decided(target('40.6'), '40.5', builds).enforcement?.build).toBeUndefined();
  });
});

describe('a floor', () => {
  it.each<Row>([
    ['below it: to the target', { floor: '40.5.1' }, '40.5', OFFERED, 'iOS 41.1'],
    ['on it: left alone', { floor: '40.5.1' }, '40.5.1', OFFERED, 'verified'],
    ['above it: left alone', { floor: '40.5' }, '40.6', OFFERED, 'verified'],
    ['of a major version', { floor: '41' }, '40.6', OFFERED, 'iOS 41.1'],
    ['with a cap: to what it allows', { floor: '40.6', ...cap('40') }, '40.5', OFFERED, 'iOS 40.6'],
  ])('%s', (_, policy, osVersion, releases, expected) => {
    const decision = decided(policy, osVersion, releases);
    expect(decision.target?.release ?? decision.reason).toBe(expected);
  });

  it('is named as what was reached', () => {
    expect(decided({ floor: '40.5' }, '40.5', OFFERED).evidence).toMatchObject({ target: '40.5 (floor)' });
  });
});

describe('a cap', () => {
  it.each<Row>([
    ['of a major version', cap('40'), '40.5', OFFERED, 'iOS 40.6'],
    ['of a minor one: its patches are below it', cap('40.5'), '40.5', OFFERED, 'iOS 40.5.1'],
    ['above it already', cap('40'), '41.0', OFFERED, 'verified'],
    ['nothing below it', cap('38'), '37.0', OFFERED, 'target-not-offered'],
  ])('%s', (_, policy, osVersion, releases, expected) => {
    const decision = decided(policy, osVersion, releases);
    expect(decision.target?.release ?? decision.reason).toBe(expected);
  });

  it('that is raised starts the clock of what it now allows', () => {
    const memory = { lastSeenAt: 0, requiredBy: { policy: 'everyone', wants: 'latest cap 40', since: NOW - 90 * DAY_MS } };
    const since = (policy: Partial<Policy>) =>
      decide(input({ policies: withPolicy(policy), memory, catalogue: catalogue(OFFERED) })).deadline?.clockStartAt;
    expect(since(cap('40'))).toBe(NOW - 2 * DAY_MS);
    expect(since(cap('41'))).toBe(NOW);
  });
});

describe('background security improvements', () => {
  const offered = [
    release('40.6 (b)', { prerequisiteBuilds: ['40G6'] }),
    release('40.6 (a)', { prerequisiteBuilds: ['40G6'] }),
    release('40.6'),
    release('40.5'),
  ];
  const old = [release('17.4 (a)', { prerequisiteBuilds: ['21E1'] }), release('17.4'), release('17.3')];
  it.each<[...Row, object]>([
    ['ignored by default', {}, '40.5', offered, 'iOS 40.6', {}],
    ['followed: with their base in one go', { improvements: 'follow' }, '40.5', offered, 'iOS 40.6 (b)', {}],
    ['followed: on their base', { improvements: 'follow' }, '40.6', offered, 'iOS 40.6 (b)', {}],
    ['followed: a newer release replaces them', { improvements: 'follow' }, '40.6', [release('40.7'), ...offered], 'iOS 40.7', {}],
    ['one of them and no other', { improvements: { only: '40.6 (a)' } }, '40.5', offered, 'iOS 40.6 (a)', {}],
    ['one of them, and a newer one is installed', { improvements: { only: '40.6 (a)' } }, '40.6 (b)', offered, 'verified', {}],
    ['before iOS 18: first their base', { improvements: 'follow' }, '17.3', old, 'iOS 17.4', { buildVersion: '21D1' }],
    ['before iOS 18: then they', { improvements: 'follow' }, '17.4', old, 'iOS 17.4 (a)', { buildVersion: '21E1' }],
    ['before iOS 18: not on another build of their base', { improvements: 'follow' }, '17.4', old, 'verified', { buildVersion: '21E9' }],
    ['with n-1: of that release', { ...target('n-1'), improvements: 'follow' }, '40.5', [release('41.0'), ...offered], 'iOS 40.6 (b)', {}],
    ['under a cap', { ...cap('40.5'), improvements: 'follow' }, '40.4', offered, 'iOS 40.5', {}],
  ])('%s', (_, policy, osVersion, releases, expected, facts) => {
    const decision = decided(policy, osVersion, releases, facts);
    expect(decision.target?.release ?? decision.reason).toBe(expected);
  });

  it('are asked for by version and build', () => {
    expect(decided({ improvements: 'follow' }, '40.5', offered).enforcement).toMatchObject({ version: '40.6', build: '40G60' });
  });
});
