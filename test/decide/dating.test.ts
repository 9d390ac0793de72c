import { describe, expect, it } from 'vitest';
import { decide } from '../../src/decide/decide.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';
import { catalogue, enrollment, input, line, local, MAC_FACTS, NOW, PHONE_FACTS, policySet, release, withPolicy } from './builders.ts';
import { createStory, type Story } from './story.ts';

/** Rules 12 to 14 and 17: the enforced date, its notice, and whose clock it is read on. */

describe('the first date', () => {
  it.each([
    ['the ledger’s, when it is far enough', line(), '2040-09-15T18:00:00', []],
    [
      'the ledger’s, a notice and an hour from now',
      line({ dueLocal: '2040-09-11T11:00:00', dueAt: NOW + 25 * HOUR_MS }),
      '2040-09-11T11:00:00',
      [],
    ],
    [
      'the next policy’s hour, when a minute is missing to that',
      line({ dueLocal: '2040-09-11T10:59:00', dueAt: NOW + 25 * HOUR_MS - MINUTE_MS }),
      '2040-09-11T18:00:00',
      ['notice'],
    ],
    [
      'the next policy’s hour, when it is long past',
      line({ dueLocal: '2040-08-01T18:00:00', dueAt: NOW - 40 * DAY_MS }),
      '2040-09-11T18:00:00',
      ['notice'],
    ],
  ])('is %s', (_, written, expected, because) => {
    const { enforcement } = decide(input({ lines: [written] }));
    expect(enforcement?.local).toBe(expected);
    expect(enforcement?.adjustments.map(({ by }) => by)).toEqual(because);
    expect(enforcement?.ledgerLocal).toBe(written.dueLocal);
  });
});

describe('an unfetched date', () => {
  it.each([
    ['stays while it has its notice', local('2040-09-14T18:00:00'), '2040-09-15T18:00:00'],
    ['is replaced a millisecond later', local('2040-09-14T18:00:00') + 1, '2040-09-16T18:00:00'],
  ])('%s', (_, at, expected) => {
    const story = createStory();
    story.at(at);
    expect(story.handedOut()?.local).toBe(expected);
  });

  it('is replaced when its day is none of the policy’s any more, though its line was on one', () => {
    const due = { kind: 'days' as const, days: 1, at: '18:00' };
    const story = createStory({ policies: withPolicy({ due }) });
    const [line] = story.lines;
    expect([line?.dueLocal, story.handedOut()?.local]).toEqual(['2040-09-09T18:00:00', '2040-09-11T18:00:00']);
    story.policies(withPolicy({ due: { ...due, weekdays: ['sun', 'wed'] } }));
    expect([story.lines[0]?.dueLocal, story.handedOut()?.local]).toEqual(['2040-09-09T18:00:00', '2040-09-12T18:00:00']);
    // One that was fetched stays: the device was told.
    const told = createStory({ policies: withPolicy({ due }) });
    told.syncs(NOW + HOUR_MS);
    told.policies(withPolicy({ due: { ...due, weekdays: ['sun', 'wed'] } }));
    expect(told.handedOut()?.local).toBe('2040-09-11T18:00:00');
  });

  it('is replaced again and again for a device that never fetches, each with notice, while the ledger stays', () => {
    const story = createStory();
    const dates = new Set<string>();
    for (let day = 0; day < 30; day += 1) {
      story.at(NOW + day * DAY_MS);
      dates.add(story.handedOut()?.local ?? 'none');
      expect(story.handedOut()?.earliestAt).toBeGreaterThanOrEqual(story.now + DAY_MS);
    }
    expect(dates.size).toBeLessThanOrEqual(28);
    expect(story.lines.map(({ dueLocal }) => dueLocal)).toEqual(['2040-09-15T18:00:00']);
    expect(story.sent.filter((type) => type === 'DeclarativeManagement')).toHaveLength(1);
  });
});

describe('a fetched date', () => {
  it('stays when its notice is gone, and when it is past', () => {
    const story = createStory();
    story.syncs(NOW + HOUR_MS);
    const identifier = story.handedOut()?.identifier;
    story.hear({ kind: 'ddm-contact' }, local('2040-09-15T12:00:00'));
    expect(story.handedOut()?.identifier).toBe(identifier);
    story.hear({ kind: 'ddm-contact' }, local('2040-09-15T18:10:00'));
    expect(story.handedOut()?.identifier).toBe(identifier);
  });

  it('is replaced when its body was refused since: the device asks anew', () => {
    const story = createStory();
    story.syncs(NOW + HOUR_MS);
    const identifier = story.handedOut()?.identifier ?? '';
    story.hear({ kind: 'ddm-refused', identifier }, local('2040-09-15T12:00:00'));
    expect(story.handedOut()).toMatchObject({ local: '2040-09-16T18:00:00', adjustments: [{ by: 'notice' }] });
  });

  it('is tightened only with notice', () => {
    const story = createStory();
    story.syncs(NOW + HOUR_MS);
    story.policies(withPolicy({ due: { kind: 'days', days: 1, at: '18:00' } }));
    expect(story.handedOut()?.local).toBe('2040-09-11T18:00:00');
    expect(story.lines).toMatchObject([{ dueLocal: '2040-09-09T18:00:00', dueSpec: '1 days at 18:00' }]);
  });
});

describe('a date that was taken back and is the same again', () => {
  /** It fetched its date, and `stop` takes it back. */
  function stopped(): Story {
    const story = createStory();
    story.syncs(NOW + HOUR_MS);
    story.hear(
      { kind: 'status-report', report: { fullReport: false, installState: 'prepared', refusedStatusItems: [] } },
      NOW + 2 * HOUR_MS,
    );
    story.at(NOW + DAY_MS);
    story.control({ state: 'stopped' });
    return story;
  }
  const REPLACED = local('2040-09-14T18:00:00') + 1;

  it('is one the device has to fetch anew, with notice, once it synced the withdrawal', () => {
    const story = stopped();
    story.syncs(NOW + DAY_MS + HOUR_MS);
    expect(story.decision.holds).toBeUndefined();
    story.now += HOUR_MS;
    story.control({ state: 'running' });
    expect([story.handedOut()?.local, story.decision.reason]).toEqual(['2040-09-15T18:00:00', 'awaiting-sync']);
    story.hear({ kind: 'ddm-contact' }, REPLACED);
    expect(story.handedOut()?.local).toBe('2040-09-16T18:00:00');
  });

  it('is the device’s when it fetched it anew', () => {
    const story = stopped();
    story.syncs(NOW + DAY_MS + HOUR_MS);
    story.now += HOUR_MS;
    story.control({ state: 'running' });
    story.syncs(story.now + 1);
    expect(story.decision.holds).toBe('2040-09-15T18:00:00');
    story.hear({ kind: 'ddm-contact' }, REPLACED);
    expect(story.handedOut()?.local).toBe('2040-09-15T18:00:00');
  });

  it('is the device’s still when it never synced the withdrawal', () => {
    const story = stopped();
    story.now += HOUR_MS;
    story.control({ state: 'running' });
    expect([story.handedOut()?.local, story.decision.holds]).toEqual(['2040-09-15T18:00:00', '2040-09-15T18:00:00']);
    story.hear({ kind: 'ddm-contact' }, REPLACED);
    expect(story.handedOut()?.local).toBe('2040-09-15T18:00:00');
  });
});

describe('the details URL', () => {
  it.each([
    ['changes while the date has its notice', local('2040-09-14T18:00:00'), 'https://example.org/new'],
    ['does not change when its notice is gone', local('2040-09-14T18:00:00') + 1, 'https://example.org/old'],
  ])('%s', (_, at, expected) => {
    const story = createStory({ policies: withPolicy({ detailsUrl: 'https://example.org/old' }) });
    story.syncs(NOW + HOUR_MS);
    story.hear({ kind: 'ddm-contact' }, at);
    story.policies(withPolicy({ detailsUrl: 'https://example.org/new' }));
    expect(story.handedOut()).toMatchObject({ detailsUrl: expected, local: '2040-09-15T18:00:00' });
  });
});

describe('the zone', () => {
  const unknown = { facts: { ...PHONE_FACTS, timeZone: undefined } };

  it('is the fallback when the device tells none, and notice is rounded up by 14 hours', () => {
    const { enforcement } = decide(
      input({ enrollment: unknown, lines: [line({ dueLocal: '2040-09-11T18:00:00', dueAt: local('2040-09-11T18:00:00') })] }),
    );
    // 25 h from 08:00Z is 09:00Z on the 11th; everywhere, that is the 12th at 18:00.
    expect(enforcement).toMatchObject({ zone: 'Europe/Berlin', zoneAssumed: true, local: '2040-09-12T18:00:00' });
    expect(enforcement?.earliestAt).toBe(Date.parse('2040-09-12T04:00:00Z'));
    expect(enforcement?.latestAt).toBe(Date.parse('2040-09-13T06:00:00Z'));
  });

  it.each([
    ['one this runtime does not know', 'Mars/Olympus_Mons'],
    ['a bare offset', '+02:00'],
    ['empty', ''],
  ])('is the fallback when the device tells %s', (_, timeZone) => {
    const { enforcement } = decide(input({ enrollment: { facts: { ...PHONE_FACTS, timeZone } } }));
    expect(enforcement).toMatchObject({ zone: 'Europe/Berlin', zoneAssumed: true });
  });

  it('never lets a date be due anywhere before the notice, whatever the zone turns out to be', () => {
    const story = createStory({ enrollment: unknown });
    for (let hour = 0; hour < 14 * 24; hour += 1) {
      story.at(NOW + hour * HOUR_MS);
      const held = story.handedOut();
      const everywhereFrom = Date.parse(`${held?.local}Z`) - 14 * HOUR_MS;
      expect(everywhereFrom).toBeGreaterThanOrEqual(story.now + DAY_MS);
    }
  });

  it('told only after the date was fixed takes the notice away: an unfetched date is replaced', () => {
    const story = createStory();
    story.at(local('2040-09-14T17:00:00'));
    expect(story.handedOut()?.local).toBe('2040-09-15T18:00:00');
    // In Tokyo this date is seven hours nearer than in Berlin.
    story.tells({ timeZone: 'Asia/Tokyo' });
    expect(story.handedOut()).toMatchObject({ local: '2040-09-16T18:00:00', zone: 'Asia/Tokyo' });
    expect(story.handedOut()?.earliestAt).toBe(Date.parse('2040-09-16T09:00:00Z'));
  });

  it('that changes after the fetch keeps the date, and moves the moment it is due', () => {
    const story = createStory();
    story.syncs(NOW + HOUR_MS);
    const before = story.handedOut();
    story.tells({ timeZone: 'America/Los_Angeles' }, local('2040-09-14T12:00:00'));
    expect(story.handedOut()).toMatchObject({ identifier: before?.identifier, local: before?.local, zone: 'America/Los_Angeles' });
    expect(story.handedOut()?.latestAt).toBe(Date.parse('2040-09-16T01:00:00Z'));
    // Past in Berlin is not past in Los Angeles.
    story.at(local('2040-09-15T20:00:00'));
    expect(story.decision.reason).toBe('waiting-for-date');
    expect(story.memory.silent).toBeUndefined();
  });

  it('moves the dates of superseded bodies as well: they are refused when their notice is gone where the device is', () => {
    const story = createStory();
    story.policies(withPolicy({ detailsUrl: 'https://example.org' }));
    story.tells({ timeZone: 'Asia/Tokyo' });
    const former = story.manifest?.former.find((item) => item.enforcement !== undefined);
    expect(former?.enforcement?.earliestAt).toBe(Date.parse('2040-09-15T09:00:00Z'));
  });
});

describe('daylight saving', () => {
  const policies = (at: string) => withPolicy({ due: { kind: 'days', days: 2, at } });
  it.each([
    [
      'an hour that a spring change skips is the one after it',
      '02:30',
      '2040-03-24T08:00:00Z',
      '2040-03-25T02:30:00',
      '2040-03-25T01:30:00Z',
      '2040-03-23T09:00:00Z',
    ],
    [
      'an hour that an autumn change repeats is its first',
      '02:30',
      '2040-10-26T08:00:00Z',
      '2040-10-28T02:30:00',
      '2040-10-28T00:30:00Z',
      '2040-10-26T08:00:00Z',
    ],
    [
      'the policy’s hour stays across a change',
      '18:00',
      '2040-10-27T08:00:00Z',
      '2040-10-29T18:00:00',
      '2040-10-29T17:00:00Z',
      '2040-10-27T08:00:00Z',
    ],
  ])('%s', (_, at, now, expected, dueAt, firstSeen) => {
    const instant = Date.parse(now);
    const { deadline } = decide(
      input({
        now: instant,
        policies: policies(at),
        catalogue: catalogue([release('40.6', { firstSeenAt: Date.parse(firstSeen), expirationDate: '2041-12-01' })]),
        memory: { lastSeenAt: 0, requiredBy: { policy: 'everyone', wants: 'latest', since: 0 } },
      }),
    );
    expect(deadline?.dueLocal).toBe(expected);
    expect(deadline?.dueAt).toBe(Date.parse(dueAt));
  });
});

describe('grace', () => {
  it('keeps a new enrollment from a date within 72 hours', () => {
    const now = NOW;
    const { enforcement } = decide(
      input({
        enrollment: { generation: now - HOUR_MS, tokenUpdateAt: now - HOUR_MS, enrolledAt: now - HOUR_MS + 60_000 },
        lines: [line({ dueLocal: '2040-09-12T18:00:00', dueAt: local('2040-09-12T18:00:00') })],
      }),
    );
    // 72 h from 09:01 on Monday is 09:01 on Thursday.
    expect(enforcement).toMatchObject({ local: '2040-09-13T18:00:00', adjustments: [{ by: 'new-enrollment' }] });
  });

  it('of an enrollment that this installation did not see begin is not given', () => {
    const { enforcement } = decide(
      input({
        enrollment: { generation: 0, enrolledAt: 0, tokenUpdateAt: 0, firstSeenAt: NOW },
        lines: [line({ dueLocal: '2040-09-12T18:00:00', dueAt: local('2040-09-12T18:00:00') })],
      }),
    );
    expect(enforcement).toMatchObject({ local: '2040-09-12T18:00:00', adjustments: [] });
  });

  it('of a device that fell back is that of one returning', () => {
    const story = createStory();
    story.syncs(NOW + HOUR_MS);
    story.tells({ osVersion: '40.6' }, NOW + DAY_MS);
    expect(story.decision.reason).toBe('verified');
    const restoredAt = local('2040-09-20T09:00:00');
    story.tells({ osVersion: '40.5' }, restoredAt);
    expect(story.decision.reason).toBe('awaiting-sync');
    expect(story.handedOut()).toMatchObject({
      local: '2040-09-22T18:00:00',
      ledgerLocal: '2040-09-15T18:00:00',
      adjustments: [{ by: 'fell-back' }],
    });
    story.at(restoredAt + DAY_MS);
    expect(story.handedOut()?.local).toBe('2040-09-22T18:00:00');
  });

  it('leaves a fetched date alone that is later anyway', () => {
    const story = createStory();
    story.syncs(NOW + HOUR_MS);
    const identifier = story.handedOut()?.identifier;
    story.memory = { ...story.memory, fellBackAt: NOW };
    story.at(NOW + 2 * HOUR_MS);
    expect(story.handedOut()?.identifier).toBe(identifier);
  });
});

it('a Mac that tells no zone is dated like any device without one', () => {
  const { enforcement } = decide(input({ enrollment: { facts: { ...MAC_FACTS, timeZone: undefined } } }));
  expect(enforcement?.zoneAssumed).toBe(true);
});

it('builders: the device of the defaults is behind and ready', () => {
  expect(decide(input()).reason).toBe('awaiting-sync');
  expect(policySet().policies).toHaveLength(1);
  expect(enrollment().id).toBe('D1');
});
