import { describe, expect, it } from 'vitest';
import { HOUR_MS } from '../../src/time/local.ts';
import { catalogue, local, NOW, PHONE_FACTS, policySet, RELEASES, release, withPolicy } from './builders.ts';
import { createStory, type Story } from './story.ts';

/** Rules 18, 20, 21 and the doubts of rules 3 and 4: what an order or a doubt does to a date, by how far it has come. */

const BY = { by: 'jane', at: NOW, note: 'exams' };
const DOUBT = { kind: 'shrunk' as const, detail: 'half is gone', since: NOW, digest: 'd' };

const orders: Record<string, { give(story: Story): void; reason: string; effect: 'keep' | 'withdraw' }> = {
  'pause of all': { give: (story) => story.control({ state: 'paused' }), reason: 'paused', effect: 'keep' },
  'pause of its policy by a person': { give: (story) => story.control({ pausedPolicies: ['everyone'] }), reason: 'paused', effect: 'keep' },
  'pause of its policy in the file': { give: (story) => story.policies(withPolicy({ paused: true })), reason: 'paused', effect: 'keep' },
  'pause of this device': { give: (story) => story.overrides({ paused: BY }), reason: 'paused', effect: 'keep' },
  'its exemption': { give: (story) => story.overrides({ exempt: { ...BY, until: '2040-10-01' } }), reason: 'exempt', effect: 'withdraw' },
  held: { give: (story) => story.control({ held: 'restored' }), reason: 'held', effect: 'keep' },
  'a doubtful feed': { give: (story) => story.catalogue(catalogue(RELEASES, { doubt: DOUBT })), reason: 'feed-doubtful', effect: 'keep' },
  'a suspect clock': {
    give: (story) => {
      story.standing.clockSuspect = 'behind our last commit';
      story.at(story.now);
    },
    reason: 'clock-suspect',
    effect: 'keep',
  },
  'Lost Mode': { give: (story) => story.tells({ isMdmLostModeEnabled: true }), reason: 'lost-mode', effect: 'keep' },
  'Setup Assistant': { give: (story) => story.tells({ awaitingConfiguration: true }), reason: 'awaiting-configuration', effect: 'keep' },
  stop: { give: (story) => story.control({ state: 'stopped' }), reason: 'stopped', effect: 'withdraw' },
  'observe for all': { give: (story) => story.policies(policySet({ mode: 'observe' })), reason: 'observe-only', effect: 'withdraw' },
  'observe for its policy': {
    give: (story) => story.policies(withPolicy({ mode: 'observe' })),
    reason: 'observe-only',
    effect: 'withdraw',
  },
  silent: { give: (story) => story.policies(withPolicy({ mode: 'silent' })), reason: 'observe-only', effect: 'withdraw' },
  'its policy is gone': { give: (story) => story.policies(policySet({ policies: [] })), reason: 'no-policy', effect: 'withdraw' },
  'Apple withdrew it': {
    give: (story) => story.catalogue(catalogue([release('40.6', { withdrawnAt: NOW, isPublic: false }), ...RELEASES.slice(1)])),
    reason: 'release-withdrawn',
    effect: 'withdraw',
  },
  'it checked out': {
    give: (story) => story.hear({ kind: 'message', message: { kind: 'CheckOut' } }, story.now + 1),
    reason: 'unenrolled',
    effect: 'withdraw',
  },
};
const rows = Object.entries(orders).map(([name, order]) => ({ name, ...order }));

function unfetched(): Story {
  const story = createStory();
  story.answers(NOW + HOUR_MS);
  return story;
}

function fetched(): Story {
  const story = unfetched();
  story.syncs();
  return story;
}

function enforcementItem(story: Story, identifier: string) {
  const { items = [], former = [] } = story.manifest ?? {};
  if (items.some((item) => item.identifier === identifier)) return 'listed';
  return former.find((item) => item.identifier === identifier)?.fetchable ? 'fetchable' : 'refused';
}

describe.each(rows)('$name', ({ give, reason, effect }) => {
  it(`is told as ${reason}`, () => {
    const story = fetched();
    give(story);
    expect(story.decision.reason).toBe(reason);
  });

  it('hands out nothing: a date not fetched yet is not to be had any more', () => {
    const story = unfetched();
    const identifier = story.handedOut()?.identifier ?? '';
    expect(enforcementItem(story, identifier)).toBe('listed');
    give(story);
    expect(story.handedOut()).toBeUndefined();
    // The body is refused by the listener itself while the clock is in doubt.
    expect(enforcementItem(story, identifier)).toBe(reason === 'clock-suspect' ? 'listed' : 'refused');
  });

  it(`${effect === 'keep' ? 'leaves' : 'takes back'} a date the device has`, () => {
    const story = fetched();
    const identifier = story.handedOut()?.identifier ?? '';
    give(story);
    expect(enforcementItem(story, identifier)).toBe(effect === 'keep' ? 'listed' : 'refused');
  });

  it('never takes back what is installing', () => {
    const story = fetched();
    const identifier = story.handedOut()?.identifier ?? '';
    story.hear({ kind: 'status-report', report: { fullReport: false, installState: 'installing', refusedStatusItems: [] } });
    give(story);
    expect(enforcementItem(story, identifier)).toBe('listed');
  });

  it.each(['downloading', 'prepared', 'waiting', 'failed'])(`${effect === 'keep' ? 'leaves' : 'takes back'} what is %s`, (installState) => {
    const story = fetched();
    const identifier = story.handedOut()?.identifier ?? '';
    story.hear({ kind: 'status-report', report: { fullReport: false, installState, refusedStatusItems: [] } });
    give(story);
    expect(enforcementItem(story, identifier)).toBe(effect === 'keep' ? 'listed' : 'refused');
  });
});

describe.each(rows.filter(({ effect }) => effect === 'keep'))(
  'stop, observe and an exemption take back a date in spite of: $name',
  ({ give }) => {
    it.each([
      ['stop', (story: Story) => story.control({ state: 'stopped' })],
      ['observe', (story: Story) => story.policies(withPolicy({ mode: 'observe' }))],
      ['an exemption', (story: Story) => story.overrides({ exempt: { ...BY, until: '2040-10-01' } })],
    ])('%s', (_, order) => {
      const story = fetched();
      give(story);
      order(story);
      expect(story.handedOut()).toBeUndefined();
    });
  },
);

describe('resume', () => {
  it('gives back the same date while it has its notice', () => {
    const story = unfetched();
    const identifier = story.handedOut()?.identifier;
    story.control({ state: 'paused' });
    story.control({ state: 'running' });
    expect(story.handedOut()?.identifier).toBe(identifier);
    expect(story.manifest?.former.map((item) => item.identifier)).not.toContain(identifier);
  });

  it('gives a later one when it has lost it', () => {
    const story = unfetched();
    story.control({ state: 'stopped' });
    story.at(local('2040-09-15T12:00:00'));
    story.control({ state: 'running' });
    expect(story.handedOut()?.local).toBe('2040-09-16T18:00:00');
  });

  it('gives a fetched date back after a stop only as a new one, if its notice is gone', () => {
    const story = fetched();
    story.at(local('2040-09-15T12:00:00'));
    const identifier = story.handedOut()?.identifier;
    story.control({ state: 'stopped' });
    story.syncs(local('2040-09-15T12:10:00'));
    story.control({ state: 'running' });
    expect(story.handedOut()?.identifier).not.toBe(identifier);
    expect(story.handedOut()?.earliestAt).toBeGreaterThanOrEqual(story.now + 24 * HOUR_MS);
  });
});

describe('installing', () => {
  const installing = { kind: 'status-report' as const, report: { fullReport: false, installState: 'installing', refusedStatusItems: [] } };

  it.each([
    ['is believed for a day', 24 * HOUR_MS - 1, 'listed'],
    ['and no longer', 24 * HOUR_MS, 'refused'],
  ])('%s', (_, after, expected) => {
    const story = fetched();
    story.hear(installing);
    const identifier = story.handedOut()?.identifier ?? '';
    story.at(story.now + after);
    story.control({ state: 'stopped' });
    expect(enforcementItem(story, identifier)).toBe(expected);
  });

  it('reported before our declaration was fetched speaks of another update', () => {
    const story = unfetched();
    const identifier = story.handedOut()?.identifier ?? '';
    story.hear(installing);
    expect(story.decision.reason).toBe('awaiting-sync');
    story.control({ state: 'stopped' });
    expect(enforcementItem(story, identifier)).toBe('refused');
  });

  it('keeps its date when a new release appears', () => {
    const story = fetched();
    story.hear(installing);
    const identifier = story.handedOut()?.identifier;
    story.catalogue(catalogue([release('40.7', { firstSeenAt: story.now }), ...RELEASES]));
    expect(story.handedOut()?.identifier).toBe(identifier);
    expect(story.decision.reason).toBe('installing');
  });

  it('is over when the device runs the release', () => {
    const story = fetched();
    story.hear(installing);
    story.tells({ osVersion: '40.6' }, story.now + HOUR_MS);
    expect(story.handedOut()).toBeUndefined();
    expect(story.decision.reason).toBe('verified');
  });

  it('of an improvement is not taken back either', () => {
    const releases = [release('40.5 (a)', { builds: ['40F750a'], prerequisiteBuilds: ['40F50'] }), ...RELEASES];
    const story = createStory({ policies: withPolicy({ target: { kind: 'exact', version: '40.5 (a)' } }), catalogue: catalogue(releases) });
    story.answers(NOW + HOUR_MS);
    story.syncs();
    expect(story.handedOut()).toMatchObject({ release: 'iOS 40.5 (a)', version: '40.5', build: '40F750a' });
    story.hear(installing);
    story.control({ state: 'stopped' });
    expect(story.handedOut()).toBeDefined();
    story.tells({ ...PHONE_FACTS, osVersion: '40.5', supplementalOsVersionExtra: '(a)' });
    expect(story.handedOut()).toBeUndefined();
  });
});

it('a pause leaves an improvement that a device holds', () => {
  const releases = [release('40.5 (a)', { builds: ['40F750a'], prerequisiteBuilds: ['40F50'] }), ...RELEASES];
  const story = createStory({ policies: withPolicy({ target: { kind: 'exact', version: '40.5 (a)' } }), catalogue: catalogue(releases) });
  story.answers(NOW + HOUR_MS);
  story.syncs();
  story.control({ state: 'paused' });
  expect(story.handedOut()).toBeDefined();
});
