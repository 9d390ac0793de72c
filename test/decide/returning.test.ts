import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';
import { catalogue, local, NOW, PHONE_FACTS, RELEASES, release, withPolicy } from './builders.ts';
import { createStory, type Story } from './story.ts';

/** Rule 15: a device that was away at its date restarts neither on its return nor ever later than the hard stop. */

const DATE = local('2040-09-15T18:00:00');
const OLD: readonly ReturnType<typeof release>[] = RELEASES;

/** Fetched its date and was last seen the day before it. */
function away(options: Parameters<typeof createStory>[0] = {}): Story {
  const story = createStory(options);
  story.answers(NOW + HOUR_MS);
  story.syncs();
  story.hear({ kind: 'ddm-contact' }, DATE - DAY_MS);
  return story;
}

describe('a device not heard from around its date', () => {
  it.each([
    ['holds it until an hour after', DATE + HOUR_MS - 1, true],
    ['has it taken back then', DATE + HOUR_MS, false],
  ])('%s', (_, at, isHeld) => {
    const story = away();
    story.at(at);
    expect(story.handedOut() !== undefined).toBe(isHeld);
    expect(story.decision.reason).toBe(isHeld ? 'waiting-for-date' : 'not-seen');
  });

  it('is looked at when that hour is over', () => {
    const story = away();
    while (story.now < DATE + HOUR_MS) story.at(story.decision.recheckAt);
    expect(story.now).toBe(DATE + HOUR_MS);
  });

  it('and whose zone is not known has it taken back when the date has passed everywhere', () => {
    const story = away({ enrollment: { facts: { ...PHONE_FACTS, timeZone: undefined } } });
    const latest = Date.parse('2040-09-16T06:00:00Z');
    expect(story.handedOut()?.latestAt).toBe(latest);
    story.at(latest + HOUR_MS - 1);
    expect(story.handedOut()).toBeDefined();
    story.at(latest + HOUR_MS);
    expect(story.handedOut()).toBeUndefined();
  });

  it('has one DeclarativeManagement command waiting, however long it is away', () => {
    const story = away();
    const before = story.sent.length;
    for (let day = 0; day < 60; day += 1) story.at(DATE + 2 * HOUR_MS + day * DAY_MS);
    expect(story.sent.slice(before).filter((type) => type === 'DeclarativeManagement')).toHaveLength(1);
    expect(story.handedOut()).toBeUndefined();
  });

  it('is asked for a fresh decision by its very first request', () => {
    const story = away();
    story.at(DATE + 10 * DAY_MS);
    expect(story.manifest?.answerableUntil).toBe(0);
    expect(story.manifest?.former.filter((item) => item.enforcement).map((item) => item.fetchable)).toEqual([false]);
  });

  it('gets its grace with its return', () => {
    const story = away();
    story.at(DATE + 2 * HOUR_MS);
    const returned = local('2040-09-25T09:00:00');
    expect(story.syncs(returned)).toEqual([]);
    expect(story.handedOut()).toMatchObject({
      local: '2040-09-27T18:00:00',
      ledgerLocal: '2040-09-15T18:00:00',
      adjustments: [{ by: 'returning' }],
    });
    expect(story.decision.reason).toBe('waiting-for-date');
  });

  it('gets it too when nobody looked while it was away', () => {
    const story = away();
    story.syncs(local('2040-09-25T09:00:00'));
    expect(story.handedOut()).toMatchObject({ local: '2040-09-27T18:00:00', adjustments: [{ by: 'returning' }] });
  });

  it('is not returning when it was seen within the hour after its date: that one stands', () => {
    const story = away();
    const identifier = story.handedOut()?.identifier;
    story.hear({ kind: 'ddm-contact' }, DATE + 30 * MINUTE_MS);
    story.at(DATE + 10 * DAY_MS);
    expect(story.handedOut()?.identifier).toBe(identifier);
    story.hear({ kind: 'ddm-contact' }, DATE + 11 * DAY_MS);
    expect(story.handedOut()?.identifier).toBe(identifier);
    expect(story.decision.reason).toBe('overdue');
  });

  it.each(['user-channel', 'ddm-contact'] as const)('is seen by any sign of life: %s', (kind) => {
    const story = away();
    story.at(DATE + 2 * HOUR_MS);
    story.hear({ kind }, DATE + 3 * HOUR_MS);
    expect(story.memory.silent).toBeUndefined();
    expect(story.handedOut()).toBeDefined();
  });

  it('is not seen by what the push service says', () => {
    const story = away();
    story.at(DATE + 2 * HOUR_MS);
    story.hear({ kind: 'push-gone' }, DATE + 3 * HOUR_MS);
    expect(story.memory.silent).toBeDefined();
  });
});

describe('a date nobody fetched', () => {
  it('makes no return: its replacement needs only its notice, and the hard stop is not begun', () => {
    const story = createStory();
    // Ratchet was down for two weeks, and so was the device.
    story.at(DATE + 7 * DAY_MS);
    expect(story.memory.silent).toBeUndefined();
    story.hear({ kind: 'ddm-contact' }, DATE + 8 * DAY_MS);
    expect(story.handedOut()).toMatchObject({ adjustments: [{ by: 'notice' }] });
    expect(story.memory.returned).toBeUndefined();
  });
});

describe('the hard stop', () => {
  /** Comes back for an hour and leaves again, every two days at 09:00. */
  function comesAndGoes(story: Story, from: number, times: number): void {
    for (let time = 0; time < times; time += 1) {
      story.at(from + time * 2 * DAY_MS - HOUR_MS);
      story.syncs(from + time * 2 * DAY_MS);
    }
  }

  it('ends the graces seven days after the first return: then the date stands, passed or not', () => {
    const story = away();
    story.at(DATE + 2 * HOUR_MS);
    const returned = local('2040-09-20T09:00:00');
    const dates = new Set<string>();
    for (let day = 0; day < 20; day += 1) {
      // Away at every 18:00 there is: two and a half days at a time.
      const contact = returned + day * 2.5 * DAY_MS;
      story.at(contact - MINUTE_MS);
      story.syncs(contact);
      dates.add(story.handedOut()?.local ?? 'none');
    }
    expect(story.memory.returned?.hardStopAt).toBe(returned + 7 * DAY_MS);
    const last = [...dates].sort().at(-1) ?? '';
    expect(last < '2040-10-01').toBe(true);
    expect(story.handedOut()?.local).toBe(last);
  });

  it('is forgotten when the device has installed what it had missed', () => {
    const story = away();
    story.at(DATE + 2 * HOUR_MS);
    story.syncs(local('2040-09-20T09:00:00'));
    expect(story.memory.returned).toBeDefined();
    // The next release is out by then, so that it is never simply "there".
    story.catalogue(catalogue([release('40.7', { firstSeenAt: story.now, expirationDate: '2041-12-01' }), ...OLD]));
    story.tells({ osVersion: '40.6', buildVersion: '40G60' }, local('2040-09-21T09:00:00'));
    expect(story.decision.target?.release).toBe('iOS 40.7');
    expect(story.memory.returned).toBeUndefined();
  });

  it('so an absence months later gets its own grace', () => {
    const story = away();
    story.at(DATE + 2 * HOUR_MS);
    story.syncs(local('2040-09-20T09:00:00'));
    story.catalogue(catalogue([release('40.7', { firstSeenAt: story.now, expirationDate: '2041-12-01' }), ...OLD]));
    story.tells({ osVersion: '40.6', buildVersion: '40G60' }, local('2040-09-21T09:00:00'));
    story.syncs(local('2040-09-21T10:00:00'));
    const second = story.handedOut()?.latestAt ?? 0;
    story.at(second + 2 * HOUR_MS);
    expect(story.memory.silent).toBeDefined();
    const returned = second + 40 * DAY_MS;
    story.syncs(returned);
    expect(story.handedOut()?.earliestAt).toBeGreaterThanOrEqual(returned + 2 * DAY_MS);
    expect(story.memory.returned?.hardStopAt).toBe(returned + 7 * DAY_MS);
  });

  it('is not put off by coming and going while nothing is installed', () => {
    const story = away();
    story.at(DATE + 2 * HOUR_MS);
    comesAndGoes(story, local('2040-09-20T09:00:00'), 10);
    expect(story.memory.returned?.hardStopAt).toBe(local('2040-09-27T09:00:00'));
  });

  it('is forgotten with the enrollment', () => {
    const story = away();
    story.at(DATE + 2 * HOUR_MS);
    story.syncs(local('2040-09-20T09:00:00'));
    story.hear(
      { kind: 'message', message: { kind: 'Authenticate', osVersion: '40.5', productName: 'iPhone90,1', serialNumber: 'SERIAL1' } },
      local('2040-09-21T09:00:00'),
    );
    story.hear({ kind: 'message', message: { kind: 'TokenUpdate' }, tokenUpdateTally: 1 }, local('2040-09-21T09:01:00'));
    expect(story.memory.returned).toBeUndefined();
    expect(story.handedOut()).toMatchObject({ zoneAssumed: true });
    expect(story.handedOut()?.adjustments.map(({ by }) => by)).toContain('new-enrollment');
  });
});

describe('silence and what an operator orders', () => {
  it.each([
    ['paused', { state: 'paused' as const }],
    ['held', { held: 'restored' }],
  ])('%s: the date of a device that missed it is taken back all the same, and nothing new is handed out on its return', (_, control) => {
    const story = away();
    story.control(control);
    expect(story.handedOut()).toBeDefined();
    story.at(DATE + HOUR_MS);
    expect(story.handedOut()).toBeUndefined();
    story.syncs(DATE + 10 * DAY_MS);
    expect(story.handedOut()).toBeUndefined();
  });

  it('paused: nor does one that returns before anybody looked keep its past date', () => {
    const story = away();
    story.control({ state: 'paused' });
    story.syncs(DATE + 10 * DAY_MS);
    expect(story.handedOut()).toBeUndefined();
  });

  it('observe and back makes no second grace: what it returned to stays', () => {
    const story = away();
    story.at(DATE + 2 * HOUR_MS);
    story.syncs(local('2040-09-25T09:00:00'));
    story.policies(withPolicy({ mode: 'observe' }));
    expect(story.handedOut()).toBeUndefined();
    story.at(local('2040-09-26T09:00:00'));
    story.policies(withPolicy({}));
    expect(story.handedOut()?.local).toBe('2040-09-27T18:00:00');
  });
});
