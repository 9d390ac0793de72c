import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blackoutAt, firstFree } from '../../src/policy/calendar.ts';
import { BlackoutsKey, toBlackout } from '../../src/policy/calendar-keys.ts';
import { dueSpec, writeLine } from '../../src/policy/ledger.ts';
import { WEEKDAYS, type Weekday } from '../../src/policy/policy.types.ts';
import { DAY_MS, weekdayOf } from '../../src/time/local.ts';

/** Rules 10 and 16: days on which a date may fall. */

const christmas = toBlackout({ name: 'Christmas', from: '2040-12-19', to: '2041-01-06' });
const newYear = toBlackout({ from: '2041-01-07', to: '2041-01-08T12:00' });
const leapDay = toBlackout('2040-02-29');

describe('a blackout', () => {
  it.each([
    ['of days ends with its last one', christmas, '2040-12-19T00:00:00', '2041-01-07T00:00:00'],
    ['of one day is that day', leapDay, '2040-02-29T00:00:00', '2040-03-01T00:00:00'],
    ['of hours ends with them', newYear, '2041-01-07T00:00:00', '2041-01-08T12:00:00'],
    ['at the end of a month', toBlackout('2041-01-31'), '2041-01-31T00:00:00', '2041-02-01T00:00:00'],
    ['at the end of a year', toBlackout('2040-12-31'), '2040-12-31T00:00:00', '2041-01-01T00:00:00'],
  ])('%s', (_, blackout, from, until) => {
    expect(blackout).toMatchObject({ from, until });
  });

  it.each(['2041-02-29', '2040-13-01', 'Christmas', '2040-12-24T25:00', '24.12.2040', { from: '2040-12-24' }, { from: 1, to: 2 }, 5])(
    '%j is none',
    (entry) => {
      expect(BlackoutsKey.safeParse([entry]).success).toBe(false);
    },
  );

  it('begins with its first moment and is over at its last', () => {
    expect(blackoutAt('2040-12-18T23:59:59', [christmas])).toBeUndefined();
    expect(blackoutAt('2040-12-19T00:00:00', [christmas])).toBe(christmas);
    expect(blackoutAt('2041-01-06T23:59:59', [christmas])).toBe(christmas);
    expect(blackoutAt('2041-01-07T00:00:00', [christmas])).toBeUndefined();
  });
});

describe('the first day on which a date may fall', () => {
  it.each<[string, string, string, { weekdays?: Weekday[]; blackouts?: (typeof christmas)[] }, string]>([
    ['is its own', '2040-09-10T18:00:00', '18:00', {}, '2040-09-10T18:00:00'],
    ['is the next weekday that may be', '2040-09-10T18:00:00', '18:00', { weekdays: ['tue', 'thu'] }, '2040-09-11T18:00:00'],
    ['over a weekend', '2040-09-14T18:00:00', '18:00', { weekdays: ['mon'] }, '2040-09-17T18:00:00'],
    ['over a spring change of clocks', '2040-03-24T02:30:00', '02:30', { weekdays: ['sun'] }, '2040-03-25T02:30:00'],
    ['is after a blackout', '2040-12-24T18:00:00', '18:00', { blackouts: [christmas] }, '2041-01-07T18:00:00'],
    ['is after two that follow each other', '2040-12-24T10:00:00', '10:00', { blackouts: [newYear, christmas] }, '2041-01-09T10:00:00'],
    ['is the same day where the hour is after it', '2041-01-07T18:00:00', '18:00', { blackouts: [newYear] }, '2041-01-08T18:00:00'],
    ['is a weekday after it', '2040-12-24T18:00:00', '18:00', { weekdays: ['wed'], blackouts: [christmas] }, '2041-01-09T18:00:00'],
    ['is on a leap day', '2040-02-28T18:00:00', '18:00', { weekdays: ['wed'] }, '2040-02-29T18:00:00'],
    [
      'is not on a leap day that is out',
      '2040-02-28T18:00:00',
      '18:00',
      { weekdays: ['wed', 'thu'], blackouts: [leapDay] },
      '2040-03-01T18:00:00',
    ],
  ])('%s', (_, local, at, { weekdays, blackouts = [] }, expected) => {
    expect(firstFree(local, at, { weekdays, blackouts })).toBe(expected);
  });

  it('is never earlier, always at that hour, on a weekday that may be, in no blackout', () => {
    const day = fc.integer({ min: 0, max: 400 }).map((days) => new Date(Date.UTC(2040, 0, 1) + days * DAY_MS).toISOString().slice(0, 10));
    const blackout = fc.tuple(day, day).map((days) => {
      const [from = '', to = ''] = [...days].sort();
      return toBlackout({ from, to });
    });
    fc.assert(
      fc.property(day, fc.subarray([...WEEKDAYS], { minLength: 1 }), fc.array(blackout, { maxLength: 6 }), (date, weekdays, blackouts) => {
        const free = firstFree(`${date}T18:00:00`, '18:00', { weekdays, blackouts });
        expect(free >= `${date}T18:00:00` && free.endsWith('T18:00:00')).toBe(true);
        expect(weekdays).toContain(WEEKDAYS[weekdayOf(free) - 1]);
        expect(blackoutAt(free, blackouts)).toBeUndefined();
      }),
    );
  });
});

describe('a ledger line with weekdays', () => {
  const line = (weekdays?: Weekday[]) =>
    writeLine({
      policy: 'everyone',
      enrollmentId: 'D1',
      release: 'iOS 40.6',
      version: '40.6',
      due: { kind: 'days', days: 7, at: '18:00', ...(weekdays ? { weekdays } : {}) },
      firstSeenAt: Date.parse('2040-09-08T08:00:00Z'),
      requiredSince: 0,
      zone: 'Europe/Berlin',
      zoneAssumed: false,
      noticeMs: DAY_MS,
      now: Date.parse('2040-09-10T08:00:00Z'),
    });

  it.each<[Weekday[] | undefined, string]>([
    [undefined, '2040-09-15T18:00:00'],
    [['sat'], '2040-09-15T18:00:00'],
    [['tue', 'wed'], '2040-09-18T18:00:00'],
    [['fri'], '2040-09-21T18:00:00'],
  ])('%j: due %s', (weekdays, expected) => {
    expect(line(weekdays).dueLocal).toBe(expected);
  });

  it('says so in its words, which an edit changes', () => {
    expect(line(['tue', 'wed']).dueSpec).toBe('7 days at 18:00, tue wed');
    expect(dueSpec({ kind: 'days', days: 7, at: '18:00' })).toBe('7 days at 18:00');
  });
});
