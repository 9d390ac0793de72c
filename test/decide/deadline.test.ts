import { describe, expect, it } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import { newMemory } from '../../src/decide/input.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { catalogue, input, line, local, NOW, PHONE_FACTS, policy, policySet, RELEASES, REQUIRED, release, withPolicy } from './builders.ts';
import { createStory } from './story.ts';

/** Rules 10 and 11: a line is written once, and the earliest line among what the device still misses binds. */

const REQUIRED_SINCE = (since: number, wants = 'latest') => ({ ...REQUIRED, requiredBy: { policy: 'everyone', wants, since } });

describe('a line’s clock starts at the latest of', () => {
  it.each([
    ['first seen', {}, NOW - 2 * DAY_MS],
    ['a new policy', { memory: newMemory() }, NOW],
    [
      'the moment a tag change brought this policy',
      { memory: { ...REQUIRED, requiredBy: { policy: 'other', wants: 'latest', since: 0 } } },
      NOW,
    ],
    ['the switch from observe to enforce', { memory: REQUIRED_SINCE(NOW - DAY_MS) }, NOW - DAY_MS],
    [
      'a raised cap: from a version to a newer one',
      { memory: REQUIRED_SINCE(NOW - 90 * DAY_MS, 'exact 40.5'), policies: withPolicy({ target: { kind: 'exact', version: '40.6' } }) },
      NOW,
    ],
    ['a raised cap: from minor updates to upgrades', { memory: REQUIRED_SINCE(NOW - 90 * DAY_MS, 'latest-minor 40') }, NOW],
    [
      'the upgrade that brought another major version under minor updates',
      { memory: REQUIRED_SINCE(NOW - 90 * DAY_MS, 'latest-minor 39'), policies: withPolicy({ target: { kind: 'latest-minor' } }) },
      NOW,
    ],
    [
      'nothing newer, while the same is required as before',
      { memory: REQUIRED_SINCE(NOW - 90 * DAY_MS, 'latest-minor 40'), policies: withPolicy({ target: { kind: 'latest-minor' } }) },
      NOW - 2 * DAY_MS,
    ],
  ])('%s', (_, changes, expected) => {
    const { ledgerLines } = decide(input(changes));
    expect(ledgerLines).toMatchObject([{ release: 'iOS 40.6', clockStartAt: expected }]);
  });

  it('and an OS version that is not known for a while changes nothing', () => {
    const minor = withPolicy({ target: { kind: 'latest-minor' } });
    const memory = REQUIRED_SINCE(NOW - 90 * DAY_MS, 'latest-minor 40');
    const unknown = decide(input({ memory, policies: minor, enrollment: { facts: { ...PHONE_FACTS, osVersion: undefined } } }));
    expect(unknown.memory.requiredBy).toEqual(memory.requiredBy);
  });
});

describe('a line', () => {
  it.each([
    ['is written once', [line()], withPolicy({}), []],
    ['is not written again for the same release restated', [line({ clockStartAt: 0 })], withPolicy({}), []],
    [
      'is rewritten from its own clock start when the operator edits the date',
      [line()],
      withPolicy({ due: { kind: 'days', days: 14, at: '07:00' } }),
      [{ dueLocal: '2040-09-22T07:00:00', clockStartAt: NOW - 2 * DAY_MS, dueSpec: '14 days at 07:00' }],
    ],
    [
      'is rewritten to a date',
      [line()],
      withPolicy({ due: { kind: 'date', at: '2040-10-01T07:00:00' } }),
      [{ dueLocal: '2040-10-01T07:00:00', dueSpec: 'date 2040-10-01T07:00:00' }],
    ],
    [
      'is never due before its clock start and the notice',
      [line()],
      withPolicy({ due: { kind: 'date', at: '2040-09-01T07:00:00' } }),
      [{ dueLocal: '2040-09-10T07:00:00' }],
    ],
    [
      'of another policy is none of this one’s',
      [line({ policy: 'other', dueLocal: '2040-09-01T18:00:00' })],
      withPolicy({}),
      [{ policy: 'everyone', dueLocal: '2040-09-15T18:00:00' }],
    ],
  ])('%s', (_, lines, policies, expected) => {
    expect(decide(input({ lines, policies })).ledgerLines).toMatchObject(expected);
  });

  it.each([
    ['in observe', { policies: withPolicy({ mode: 'observe' }) }],
    ['while it is silent', { policies: withPolicy({ mode: 'silent' }) }],
    ['when the device is there', { enrollment: { facts: { ...PHONE_FACTS, osVersion: '40.6' } } }],
  ])('is not written %s', (_, changes) => {
    expect(decide(input(changes as never)).ledgerLines).toEqual([]);
  });

  it.each([
    ['paused', { control: { state: 'paused' as const, pausedPolicies: [], held: undefined } }],
    ['stopped', { control: { state: 'stopped' as const, pausedPolicies: [], held: undefined } }],
    ['the feed is doubtful', { catalogue: catalogue(RELEASES, { doubt: { kind: 'shrunk', detail: '', since: NOW, digest: '' } }) }],
  ])('is written even while %s: the clock does not stop', (_, changes) => {
    expect(decide(input(changes)).ledgerLines).toHaveLength(1);
  });
});

describe('the deadline', () => {
  const older = line({ release: 'iOS 40.5.1', version: '40.5.1', dueLocal: '2040-09-13T18:00:00', dueAt: local('2040-09-13T18:00:00') });

  it.each([
    ['is the earliest line of what is missed, so that a superseding release resets nothing', [older], {}, '2040-09-13T18:00:00'],
    ['is not moved by what the device has installed', [older], { facts: { ...PHONE_FACTS, osVersion: '40.5.1' } }, '2040-09-15T18:00:00'],
    [
      'is not moved by a release beyond the target: the operator asked for less since',
      [line({ release: 'iOS 41.0', version: '41.0', dueLocal: '2040-09-12T18:00:00', dueAt: local('2040-09-12T18:00:00') })],
      {},
      '2040-09-15T18:00:00',
    ],
    ['is not moved by a line without a readable version', [line({ release: 'iOS ?', version: '?', dueAt: 0 })], {}, '2040-09-15T18:00:00'],
  ])('%s', (_, lines, enrollment, expected) => {
    expect(decide(input({ lines, enrollment })).deadline?.dueLocal).toBe(expected);
  });

  it('is not moved by a withdrawn release that was missed: it has no line', () => {
    const releases = [...RELEASES, release('40.5.1', { withdrawnAt: NOW - DAY_MS, isPublic: false, firstSeenAt: NOW - 9 * DAY_MS })];
    expect(decide(input({ lines: [older], catalogue: catalogue(releases) })).deadline?.dueLocal).toBe('2040-09-15T18:00:00');
  });

  it('stays through release after release, and through observe and back', () => {
    const story = createStory();
    const first = story.decision.deadline?.dueLocal;
    for (let week = 1; week <= 6; week += 1) {
      story.at(NOW + week * 7 * DAY_MS);
      story.catalogue(catalogue([release(`40.${6 + week}`, { firstSeenAt: story.now, expirationDate: '2041-12-01' }), ...RELEASES]));
      expect(story.decision.deadline?.dueLocal).toBe(first);
      story.policies(withPolicy({ mode: 'observe' }));
      story.policies(withPolicy({}));
      expect(story.decision.deadline?.dueLocal).toBe(first);
    }
  });

  it('stays when the device travels', () => {
    const story = createStory();
    story.tells({ timeZone: 'Asia/Tokyo' });
    expect(story.decision.deadline).toMatchObject({ dueLocal: '2040-09-15T18:00:00', zone: 'Europe/Berlin' });
  });

  it('gets no later by an edit that asks for sooner, wherever the device is by then', () => {
    const due = { kind: 'days' as const, days: 1, at: '18:00' };
    const story = createStory({ policies: withPolicy({ due }) });
    expect(story.lines).toMatchObject([{ dueLocal: '2040-09-09T18:00:00', zone: 'Europe/Berlin' }]);
    story.tells({ timeZone: 'Pacific/Auckland' });
    // There the first hour after the notice would be fourteen hours later.
    story.policies(withPolicy({ due: { ...due, days: 0 } }));
    expect(story.lines).toMatchObject([{ dueLocal: '2040-09-09T18:00:00', zone: 'Europe/Berlin', dueSpec: '0 days at 18:00' }]);
  });

  it('of a device that changes policy by its OS version starts with that policy, and waits for it on its return', () => {
    const policies = policySet({
      policies: [
        policy({
          name: 'old',
          match: { os: { text: '<40.5.1', comparisons: [{ operator: '<', version: { major: 40, minor: 5, patch: 1, extra: '' } }] } },
        }),
        policy({ name: 'new' }),
      ],
    });
    const story = createStory({ policies, memory: { ...REQUIRED, requiredBy: { policy: 'old', wants: 'latest', since: 0 } } });
    expect(story.decision.deadline).toMatchObject({ policy: 'old', dueLocal: '2040-09-15T18:00:00' });
    story.tells({ osVersion: '40.5.1' }, NOW + DAY_MS);
    expect(story.decision.deadline).toMatchObject({ policy: 'new', dueLocal: '2040-09-18T18:00:00' });
    story.tells({ osVersion: '40.5' }, NOW + 2 * DAY_MS);
    expect(story.decision.deadline).toMatchObject({ policy: 'old', dueLocal: '2040-09-15T18:00:00' });
    story.tells({ osVersion: '40.5.1' }, NOW + 3 * DAY_MS);
    expect(story.decision.deadline).toMatchObject({ policy: 'new', dueLocal: '2040-09-18T18:00:00' });
  });

  it('reappears with a restored release', () => {
    const story = createStory();
    story.catalogue(catalogue([release('40.6', { withdrawnAt: NOW, isPublic: false }), ...RELEASES.slice(1)]));
    expect(story.decision.reason).toBe('release-withdrawn');
    story.at(NOW + HOUR_MS);
    story.catalogue(catalogue());
    expect(story.decision.deadline?.dueLocal).toBe('2040-09-15T18:00:00');
  });
});
