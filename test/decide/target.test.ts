import { describe, expect, it } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import type { PolicyTarget } from '../../src/policy/policy.types.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { catalogue, input, local, MAC_FACTS, NOW, PHONE, PHONE_FACTS, RELEASES, release, withPolicy } from './builders.ts';
import { createStory, type Story } from './story.ts';

/** Rules 1, 5, 8 and 9, and promise 2: which release a device is asked for. */

const LATEST: PolicyTarget = { kind: 'latest' };
const MINOR: PolicyTarget = { kind: 'latest-minor' };
const exact = (version: string): PolicyTarget => ({ kind: 'exact', version });

const OFFERED = [release('41.0'), release('40.6'), release('40.5.1'), release('40.5'), release('39.9')];

describe('the target', () => {
  it.each([
    ['latest: the newest', LATEST, '40.5', OFFERED, 'iOS 41.0'],
    ['latest: never an improvement', LATEST, '40.6', [release('40.6 (a)'), release('40.6')], 'verified'],
    ['latest: there already', LATEST, '41.0', OFFERED, 'verified'],
    ['latest: above all that is offered', LATEST, '42.1', OFFERED, 'verified'],
    [
      'latest: not one only supervised devices get',
      LATEST,
      '40.5',
      [release('41.0', { isPublic: false }), ...OFFERED.slice(1)],
      'iOS 41.0',
    ],
    [
      'latest: not one that is not listed any more',
      LATEST,
      '40.5',
      [release('41.0', { unlistedAt: NOW, isPublic: false, isManaged: false }), ...OFFERED.slice(1)],
      'iOS 40.6',
    ],
    [
      'latest: not one that has expired',
      LATEST,
      '40.5',
      [release('41.0', { expirationDate: '2040-09-09' }), ...OFFERED.slice(1)],
      'iOS 40.6',
    ],
    [
      'latest: one that expires today',
      LATEST,
      '40.5',
      [release('41.0', { expirationDate: '2040-09-10' }), ...OFFERED.slice(1)],
      'iOS 41.0',
    ],
    [
      'latest: the newest that is left, when Apple took one back',
      LATEST,
      '40.5',
      [release('41.0', { withdrawnAt: NOW }), ...OFFERED.slice(1)],
      'iOS 40.6',
    ],
    [
      'latest: waits, when nothing newer is left',
      LATEST,
      '40.6',
      [release('41.0', { withdrawnAt: NOW }), ...OFFERED.slice(1)],
      'release-withdrawn',
    ],
    ['latest: nothing but a withdrawn one', LATEST, '40.5', [release('41.0', { withdrawnAt: NOW })], 'release-withdrawn'],
    ['latest: runs the withdrawn one', LATEST, '41.0', [release('41.0', { withdrawnAt: NOW }), ...OFFERED.slice(1)], 'verified'],
    ['latest: all that is newer has expired', LATEST, '40.5', [release('40.6', { expirationDate: '2040-09-09' })], 'target-not-offered'],
    ['latest-minor: the newest of its major', MINOR, '40.5', OFFERED, 'iOS 40.6'],
    ['latest-minor: of another major', MINOR, '39.1', OFFERED, 'iOS 39.9'],
    ['latest-minor: there already', MINOR, '40.6', OFFERED, 'verified'],
    ['latest-minor: its major is no longer offered', MINOR, '38.2', OFFERED, 'target-not-offered'],
    [
      'latest-minor: waits, when its newest was taken back',
      MINOR,
      '40.5.1',
      [release('40.6', { withdrawnAt: NOW }), ...OFFERED.filter(({ key }) => key !== 'iOS 40.6')],
      'release-withdrawn',
    ],
    [
      'latest-minor: a withdrawn upgrade is none of its business',
      MINOR,
      '40.6',
      [release('41.0', { withdrawnAt: NOW }), ...OFFERED.slice(1)],
      'verified',
    ],
    ['exact: that one', exact('40.5.1'), '40.5', OFFERED, 'iOS 40.5.1'],
    ['exact: there', exact('40.5.1'), '40.5.1', OFFERED, 'verified'],
    ['exact: above', exact('40.5.1'), '40.6', OFFERED, 'verified'],
    ['exact: above one that was never offered', exact('40.5.9'), '40.6', OFFERED, 'verified'],
    ['exact: not offered', exact('40.5.9'), '40.5', OFFERED, 'target-not-offered'],
    ['exact: withdrawn', exact('40.6'), '40.5', [release('40.6', { withdrawnAt: NOW })], 'release-withdrawn'],
    ['exact: expired', exact('40.6'), '40.5', [release('40.6', { expirationDate: '2040-09-09' })], 'release-expired'],
    ['exact: an improvement of what it runs', exact('40.5 (a)'), '40.5', [release('40.5 (a)'), ...OFFERED], 'iOS 40.5 (a)'],
    ['exact: an improvement it has', exact('40.5 (a)'), '40.5 (a)', [release('40.5 (a)'), ...OFFERED], 'verified'],
    [
      'exact: an improvement of a newer base, installed in one go',
      exact('40.6 (a)'),
      '40.5',
      [release('40.6 (a)'), ...OFFERED],
      'iOS 40.6 (a)',
    ],
    [
      'exact: an improvement before iOS 18 without its base',
      exact('17.4 (a)'),
      '17.3',
      [release('17.4 (a)', { prerequisiteBuilds: ['21E1'] })],
      'target-not-offered',
    ],
    ['exact: text that is no version', exact('soon'), '40.5', OFFERED, 'target-not-offered'],
  ])('%s', (_, target, osVersion, releases, expected) => {
    const decision = decide(
      input({
        policies: withPolicy({ target }),
        catalogue: catalogue(releases),
        enrollment: { facts: { ...PHONE_FACTS, osVersion, osVersionExtra: undefined } },
      }),
    );
    expect(decision.target?.release ?? decision.reason).toBe(expected);
  });

  it.each([
    ['unsupervised', false],
    ['not known to be supervised', undefined],
  ])('of a device that is %s is public', (_, isSupervised) => {
    const releases = [release('41.0', { isPublic: false }), ...OFFERED.slice(1)];
    const decision = decide(input({ catalogue: catalogue(releases), enrollment: { facts: { ...PHONE_FACTS, isSupervised } } }));
    expect(decision.target?.release).toBe('iOS 40.6');
  });

  it.each([
    ['an iPhone by its product name', PHONE_FACTS, 'iOS 40.7'],
    ['a Mac by its board', { ...MAC_FACTS }, 'macOS 40.6'],
    ['a Mac that did not tell its board: none', { ...MAC_FACTS, softwareUpdateDeviceId: undefined }, 'device-id-unknown'],
    ['an iPhone by its software-update device id', { ...PHONE_FACTS, softwareUpdateDeviceId: 'iPhone91,1' }, 'iOS 40.8'],
    ['a model Apple does not list: none', { ...PHONE_FACTS, productName: 'iPhone99,9' }, 'model-not-in-feed'],
  ])('is what Apple offers %s', (_, facts, expected) => {
    const releases = [release('40.8', { devices: ['iPhone91,1'] }), release('40.7', { devices: [PHONE] }), ...RELEASES];
    const decision = decide(input({ catalogue: catalogue(releases), enrollment: { facts } }));
    expect(decision.target?.release ?? decision.reason).toBe(expected);
  });

  it.each([
    ['outlives its date by rolling', { expirationDate: '2040-09-11', expirationRolls: true }, 'awaiting-sync'],
    ['lasts to the end of the day of its date', { expirationDate: '2040-09-15', expirationRolls: false }, 'awaiting-sync'],
    ['ends the day before its date', { expirationDate: '2040-09-14', expirationRolls: false }, 'release-expired'],
    ['tells no expiration', { expirationDate: undefined, expirationRolls: false }, 'awaiting-sync'],
  ])('%s', (_, listing, expected) => {
    expect(decide(input({ catalogue: catalogue([release('40.6', listing)]) })).reason).toBe(expected);
  });
});

describe('rule 9: a target is not swapped', () => {
  const DATE = local('2040-09-15T18:00:00');

  function holding(policies = withPolicy({})): Story {
    const story = createStory({ policies });
    story.answers(NOW + HOUR_MS);
    story.syncs();
    return story;
  }

  function releases40_7(story: Story, at: number): string | undefined {
    story.hear({ kind: 'ddm-contact' }, at);
    story.catalogue(catalogue([release('40.7', { firstSeenAt: at }), ...RELEASES]));
    return story.decision.target?.release;
  }

  it.each([
    ['72 hours before its date it is', DATE - 72 * HOUR_MS, 'iOS 40.7'],
    ['a millisecond later it is not', DATE - 72 * HOUR_MS + 1, 'iOS 40.6'],
    ['just before 72 hours after its date it is not', DATE + 72 * HOUR_MS - 1, 'iOS 40.6'],
    ['72 hours after it is', DATE + 72 * HOUR_MS, 'iOS 40.7'],
  ])('%s', (_, at, expected) => {
    const story = holding();
    story.hear({ kind: 'ddm-contact' }, DATE + HOUR_MS - 1 < at ? DATE + 1 : NOW + 2 * HOUR_MS);
    expect(releases40_7(story, at)).toBe(expected);
  });

  it.each([
    ['prepared', 'iOS 40.6'],
    ['installing', 'iOS 40.6'],
    ['downloading', 'iOS 40.7'],
    ['none', 'iOS 40.7'],
  ])('while %s: %s', (installState, expected) => {
    const story = holding();
    story.hear({ kind: 'status-report', report: { fullReport: false, installState, refusedStatusItems: [] } });
    expect(releases40_7(story, NOW + 2 * HOUR_MS)).toBe(expected);
  });

  it('but is when it was prepared for another update, before this one was fetched', () => {
    const story = createStory();
    story.hear({ kind: 'status-report', report: { fullReport: false, installState: 'prepared', refusedStatusItems: [] } }, NOW + HOUR_MS);
    story.answers(NOW + 2 * HOUR_MS);
    story.syncs();
    expect(releases40_7(story, NOW + 3 * HOUR_MS)).toBe('iOS 40.7');
  });

  it('but is when the device never fetched it', () => {
    expect(releases40_7(createStory(), DATE - 48 * HOUR_MS)).toBe('iOS 40.7');
  });

  it('in a zone that is not known, from 72 hours before it is due anywhere', () => {
    const story = createStory({ enrollment: { facts: { ...PHONE_FACTS, timeZone: undefined } } });
    story.answers(NOW + HOUR_MS);
    story.syncs();
    const held = story.handedOut();
    expect(releases40_7(story, (held?.earliestAt ?? 0) - 72 * HOUR_MS + 1)).toBe('iOS 40.6');
  });

  it.each([
    ['stop', (s: Story) => s.control({ state: 'stopped' })],
    ['a change to observe', (s: Story) => s.policies(withPolicy({ mode: 'observe' }))],
  ])('but is by %s in the decision that takes it back, and the next one finds nothing to change', (_, order) => {
    const story = holding();
    expect(releases40_7(story, DATE - 48 * HOUR_MS)).toBe('iOS 40.6');
    order(story);
    expect([story.decision.isHandedOut, story.decision.target?.release]).toEqual([false, 'iOS 40.7']);
    const { lines, manifest } = story;
    story.at(story.now);
    expect(story.lines).toEqual(lines);
    expect(story.manifest).toEqual(manifest);
  });

  it.each([
    ['prepared', NOW + 2 * HOUR_MS, 'iOS 40.6'],
    ['installing', NOW + 2 * HOUR_MS, 'iOS 40.6'],
    ['downloading', NOW + 2 * HOUR_MS, 'iOS 40.7'],
    ['downloading', DATE - 48 * HOUR_MS, 'iOS 40.6'],
  ])('nor by an edit of its date that it has not fetched yet, while %s', (installState, at, expected) => {
    const story = holding();
    story.hear({ kind: 'status-report', report: { fullReport: false, installState, refusedStatusItems: [] } });
    expect(releases40_7(story, at)).toBe(expected);
    story.policies(withPolicy({ due: { kind: 'days', days: 20, at: '07:00' } }));
    story.at(story.now);
    expect(story.decision.target?.release).toBe(expected);
  });

  it('nor by stop once it installs', () => {
    const story = holding();
    story.hear({ kind: 'status-report', report: { fullReport: false, installState: 'installing', refusedStatusItems: [] } });
    releases40_7(story, DATE - 48 * HOUR_MS);
    story.hear({ kind: 'status-report', report: { fullReport: false, installState: 'installing', refusedStatusItems: [] } });
    story.control({ state: 'stopped' });
    expect([story.decision.isHandedOut, story.decision.target?.release]).toEqual([true, 'iOS 40.6']);
  });

  it('nor by an edit that raises an exact target', () => {
    const story = holding(withPolicy({ target: exact('40.6') }));
    story.hear({ kind: 'ddm-contact' }, (story.handedOut()?.dueAt ?? 0) - 48 * HOUR_MS);
    story.standing.catalogue = catalogue([release('40.7', { firstSeenAt: NOW }), ...RELEASES]);
    story.policies(withPolicy({ target: exact('40.7') }));
    expect(story.decision.target?.release).toBe('iOS 40.6');
  });

  it('but is by an edit that asks for less', () => {
    const story = holding();
    story.hear({ kind: 'ddm-contact' }, DATE - 48 * HOUR_MS);
    story.standing.catalogue = catalogue([release('40.5.1', { firstSeenAt: NOW }), ...RELEASES]);
    story.policies(withPolicy({ target: exact('40.5.1') }));
    expect(story.decision.target?.release).toBe('iOS 40.5.1');
  });

  it.each([
    ['withdrawn', { withdrawnAt: NOW, isPublic: false }],
    ['expired', { expirationDate: '2040-09-12', expirationRolls: false }],
  ])('but is when it is %s', (_, listing) => {
    const story = holding();
    story.hear({ kind: 'ddm-contact' }, DATE - 48 * HOUR_MS);
    story.catalogue(catalogue([release('40.7', { firstSeenAt: NOW }), release('40.6', listing), ...RELEASES.slice(1)]));
    expect(story.decision.target?.release).toBe('iOS 40.7');
  });

  it('but is when the device comes back past its date: its new one is for the newest', () => {
    const story = holding();
    story.hear({ kind: 'ddm-contact' }, DATE - DAY_MS);
    story.catalogue(catalogue([release('40.7', { firstSeenAt: story.now }), ...RELEASES]));
    expect(story.decision.target?.release).toBe('iOS 40.6');
    story.hear({ kind: 'ddm-contact' }, DATE + 12 * HOUR_MS);
    expect(story.handedOut()).toMatchObject({ release: 'iOS 40.7', adjustments: [{ by: 'returning' }] });
  });

  it('and the newer release follows at once when the device has installed it', () => {
    const story = holding();
    expect(releases40_7(story, DATE - DAY_MS)).toBe('iOS 40.6');
    story.tells({ osVersion: '40.6' }, DATE - HOUR_MS);
    expect(story.decision).toMatchObject({ target: { release: 'iOS 40.7' }, reason: 'awaiting-sync' });
  });
});

describe('an improvement', () => {
  const policies = withPolicy({ target: exact('40.6 (a)') });
  const releases = catalogue([release('40.6 (a)'), ...OFFERED]);

  it('of the version before is none of the next: it is seen, not hoped', () => {
    const story = createStory({
      policies,
      catalogue: releases,
      enrollment: { facts: { ...PHONE_FACTS, osVersion: '40.5', osVersionExtra: '(a)' } },
    });
    story.hear({ kind: 'status-report', report: { fullReport: false, osVersion: '40.6', refusedStatusItems: [] } }, NOW + HOUR_MS);
    expect(story.decision).toMatchObject({ target: { release: 'iOS 40.6 (a)' }, reason: 'awaiting-sync' });
  });

  it.each([
    ['with its version', { osVersion: '40.6', supplementalExtraVersion: '(a)' }],
    ['after its version', { supplementalExtraVersion: 'a' }],
  ])('told %s is seen', (_, report) => {
    const story = createStory({ policies, catalogue: releases, enrollment: { facts: { ...PHONE_FACTS, osVersion: '40.6' } } });
    story.hear({ kind: 'status-report', report: { fullReport: false, refusedStatusItems: [], ...report } }, NOW + HOUR_MS);
    expect(story.decision.reason).toBe('verified');
  });
});
