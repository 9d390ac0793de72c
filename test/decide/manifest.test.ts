import { describe, expect, it } from 'vitest';
import { FORMER_KEPT_MS } from '../../src/decide/manifest.ts';
import { ALWAYS } from '../../src/decide/next-manifest.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';
import { catalogue, local, NOW, PHONE_FACTS, policySet, RELEASES, release, withPolicy } from './builders.ts';
import { createStory, type Story } from './story.ts';

/** Promise 7 and rule 14: what a manifest lists, how long it may be answered unseen, and what stays fetchable after it. */

const DATE = local('2040-09-15T18:00:00');
const details = (path: string) => withPolicy({ detailsUrl: `https://example.org/${path}` });

function configuration(story: Story): string {
  return story.handedOut()?.identifier ?? 'none';
}

function former(story: Story, identifier: string): 'fetchable' | 'refused' | 'unknown' {
  const item = story.manifest?.former.find((candidate) => candidate.identifier === identifier);
  if (item === undefined) return 'unknown';
  return item.fetchable ? 'fetchable' : 'refused';
}

describe('the manifest', () => {
  it('holds the subscriptions and the enforcement, each with its activation', () => {
    const kinds = createStory().manifest?.items.map(({ kind, identifier }) => `${kind} ${identifier.split('.').slice(1, -1).join('.')}`);
    expect(kinds?.sort()).toEqual([
      'activation activation.enforcement',
      'activation activation.subscriptions',
      'configuration enforcement',
      'configuration subscriptions',
    ]);
  });

  it('keeps its token and the time of its change while time passes, facts come and other releases appear', () => {
    const story = createStory();
    const { token, changedAt } = story.manifest ?? {};
    story.syncs(NOW + HOUR_MS);
    story.tells({ batteryLevel: 0.5 }, NOW + 2 * HOUR_MS);
    story.catalogue(catalogue([release('40.6', { platform: 'tvOS', devices: ['AppleTV90,1'] }), ...RELEASES]));
    story.at(DATE - HOUR_MS);
    expect(story.manifest).toMatchObject({ token, changedAt });
  });

  it('changes its token with its date', () => {
    const story = createStory();
    const { token } = story.manifest ?? {};
    story.at(DATE - HOUR_MS);
    expect(story.manifest?.token).not.toBe(token);
    expect(story.manifest?.changedAt).toBe(story.now);
  });

  it('tells of no change an earlier time than of the one before, though our clock was set back', () => {
    const story = createStory();
    const { changedAt = 0 } = story.manifest ?? {};
    const dueAt = (at: string) => story.policies(withPolicy({ due: { kind: 'days', days: 7, at } }));
    story.now = changedAt - HOUR_MS;
    dueAt('17:00');
    expect(story.manifest).toMatchObject({ changedAt: changedAt - HOUR_MS, timestamp: changedAt + 1_000 });
    dueAt('16:00');
    expect(story.manifest).toMatchObject({ timestamp: changedAt + 2_000 });
    story.at(changedAt);
    expect(story.manifest).toMatchObject({ timestamp: changedAt + 2_000 });
    story.now = changedAt + HOUR_MS;
    dueAt('15:00');
    expect(story.manifest).toMatchObject({ changedAt: changedAt + HOUR_MS });
    expect(story.manifest).not.toHaveProperty('timestamp');
  });

  it('of a date that gave way to another for minutes, which the device got, does not count that date as fetched', () => {
    const story = createStory();
    const dueAt = (at: string) => story.policies(withPolicy({ due: { kind: 'days', days: 7, at } }));
    const first = configuration(story);
    const { local } = story.handedOut() ?? {};
    story.syncs(NOW + MINUTE_MS);
    story.now = NOW + 2 * MINUTE_MS;
    dueAt('17:00');
    expect(configuration(story)).not.toBe(first);
    story.syncs(NOW + 3 * MINUTE_MS);
    story.now = NOW + 4 * MINUTE_MS;
    dueAt('18:00');
    expect(configuration(story)).toBe(first);
    story.at(DATE - 23 * HOUR_MS);
    expect((story.handedOut()?.local ?? '') > (local ?? '')).toBe(true);
  });

  it('of a date that gave way to another for minutes, which no device got, counts it as fetched', () => {
    const story = createStory();
    const dueAt = (at: string) => story.policies(withPolicy({ due: { kind: 'days', days: 7, at } }));
    const first = configuration(story);
    story.syncs(NOW + MINUTE_MS);
    for (const [minutes, at] of [
      [2, '17:00'],
      [4, '18:00'],
    ] as const) {
      story.now = NOW + minutes * MINUTE_MS;
      dueAt(at);
    }
    story.at(DATE - 23 * HOUR_MS);
    expect(configuration(story)).toBe(first);
  });

  it('of a verified device keeps the subscriptions, so that a fall back is told', () => {
    const story = createStory({ enrollment: { facts: { ...PHONE_FACTS, osVersion: '40.6' } } });
    expect(story.decision.reason).toBe('verified');
    expect(story.manifest?.items).toHaveLength(2);
  });

  it.each([
    ['observe', withPolicy({ mode: 'observe' })],
    ['silent', withPolicy({ mode: 'silent' })],
    ['no policy', policySet({ policies: [] })],
  ])('is not made in %s', (_, policies) => {
    expect(createStory({ policies }).manifest).toBeUndefined();
  });

  it('lists only status items the device says it knows', () => {
    const clientCapabilities = {
      declarations: ['com.apple.configuration.softwareupdate.enforcement.specific'],
      statusItems: ['device.operating-system.version'],
    };
    const story = createStory({ enrollment: { facts: { ...PHONE_FACTS, clientCapabilities } } });
    const subscriptions = story.decision.declarations.find(({ Type }) => Type.endsWith('status-subscriptions'));
    expect(subscriptions?.Payload).toEqual({ StatusItems: [{ Name: 'device.operating-system.version' }] });
  });

  it('has nothing in a declaration but the keys Apple names', () => {
    const story = createStory({ policies: details('x') });
    const enforcement = story.decision.declarations.find(({ Type }) => Type.endsWith('enforcement.specific'));
    expect(enforcement?.Payload).toEqual({
      TargetOSVersion: '40.6',
      TargetLocalDateTime: '2040-09-15T18:00:00',
      DetailsURL: 'https://example.org/x',
    });
  });
});

describe('it may be answered without a fresh decision', () => {
  it.each([
    ['an unfetched date: while it has its notice', () => createStory(), DATE - DAY_MS],
    [
      'a fetched date: until it is past',
      () => {
        const story = createStory();
        story.syncs();
        return story;
      },
      DATE,
    ],
    [
      'a fetched date in an unknown zone: until it is past everywhere',
      () => {
        const story = createStory({ enrollment: { facts: { ...PHONE_FACTS, timeZone: undefined } } });
        story.syncs();
        return story;
      },
      Date.parse('2040-09-16T06:00:00Z'),
    ],
    ['none: always', () => createStory({ enrollment: { facts: { ...PHONE_FACTS, osVersion: '40.6' } } }), ALWAYS],
  ])('%s', (_, make, expected) => {
    expect(make().manifest?.answerableUntil).toBe(expected);
  });
});

describe('a superseded body', () => {
  function superseded(change: (story: Story) => void): { story: Story; identifier: string } {
    const story = createStory({ policies: details('old') });
    story.answers(NOW + HOUR_MS);
    const identifier = configuration(story);
    change(story);
    expect(configuration(story)).not.toBe(identifier);
    return { story, identifier };
  }

  it('stays fetchable for two days, so that a sync under way can be finished', () => {
    const { story, identifier } = superseded((s) => s.policies(details('new')));
    expect(former(story, identifier)).toBe('fetchable');
    story.at(story.now + FORMER_KEPT_MS - 1);
    expect(former(story, identifier)).toBe('fetchable');
    story.at(story.now + 1);
    expect(former(story, identifier)).toBe('unknown');
  });

  it.each([
    [
      'its release was withdrawn by Apple',
      [release('40.6', { withdrawnAt: NOW, isPublic: false }), release('40.5.1'), ...RELEASES.slice(1)],
      'refused',
    ],
    [
      'its release is not listed any more',
      [release('40.6', { unlistedAt: NOW, isPublic: false, isManaged: false }), release('40.5.1')],
      'refused',
    ],
    ['its release has expired', [release('40.6', { expirationDate: '2040-09-09', expirationRolls: false }), release('40.5.1')], 'refused'],
    ['a newer release took its place', [release('40.7'), ...RELEASES], 'fetchable'],
  ] as const)('when %s', (_, releases, expected) => {
    const { story, identifier } = superseded((s) => s.catalogue(catalogue([...releases])));
    expect(former(story, identifier)).toBe(expected);
  });

  it('is refused when the device runs its release', () => {
    const { story, identifier } = superseded((s) => s.catalogue(catalogue([release('40.7'), ...RELEASES])));
    story.tells({ osVersion: '40.6' });
    expect(story.decision.target?.release).toBe('iOS 40.7');
    expect(former(story, identifier)).toBe('refused');
  });

  it('is refused when nothing is handed out any more, and stays so', () => {
    const { story, identifier } = superseded((s) => s.policies(details('new')));
    story.control({ state: 'stopped' });
    expect(former(story, identifier)).toBe('refused');
    story.control({ state: 'running' });
    expect(former(story, identifier)).toBe('refused');
  });

  it('that becomes the wanted one again is listed again', () => {
    const { story, identifier } = superseded((s) => s.policies(details('new')));
    story.policies(details('old'));
    expect(configuration(story)).toBe(identifier);
    expect(former(story, identifier)).toBe('unknown');
  });

  it('of another kind stays fetchable too', () => {
    const story = createStory();
    const subscriptions = story.manifest?.items.find(({ identifier }) => identifier.startsWith('ratchet.subscriptions'))?.identifier ?? '';
    story.control({ state: 'stopped' });
    story.policies(withPolicy({ mode: 'observe' }));
    expect(story.manifest?.items).toEqual([]);
    expect(former(story, subscriptions)).toBe('fetchable');
  });

  it('is one of a bounded number', () => {
    const story = createStory({ policies: details('0') });
    for (let n = 1; n < 100; n += 1) story.policies(details(String(n)));
    expect(story.manifest?.former.length).toBeLessThanOrEqual(24);
  });
});

it('deciding again on its own outputs changes nothing', () => {
  const story = createStory();
  story.syncs(NOW + HOUR_MS);
  const { manifest, memory, lines, commands } = story;
  for (let again = 0; again < 3; again += 1) story.at(story.now);
  expect(story.manifest).toEqual(manifest);
  expect(story.memory).toEqual(memory);
  expect(story.lines).toEqual(lines);
  expect(story.commands).toEqual(commands);
});
