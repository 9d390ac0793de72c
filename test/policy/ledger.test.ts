import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dueSpec, type LineInput, nextTimeOfDay, timeOfDay, writeLine } from '../../src/policy/ledger.ts';
import { DAY_MS, HOUR_MS, instantOf, localOf } from '../../src/time/local.ts';

/** Rule 10: what a line says when it is written. */

const NOW = Date.parse('2040-09-10T08:00:00Z');

function lineOf(changes: Partial<LineInput> = {}) {
  return writeLine({
    policy: 'everyone',
    enrollmentId: 'D1',
    release: 'iOS 40.6',
    version: '40.6',
    due: { kind: 'days', days: 7, at: '18:00' },
    firstSeenAt: NOW - 2 * DAY_MS,
    requiredSince: NOW - 90 * DAY_MS,
    zone: 'Europe/Berlin',
    zoneAssumed: false,
    noticeMs: DAY_MS,
    now: NOW,
    ...changes,
  });
}

describe('a line', () => {
  it.each([
    ['counts its days from first seen', {}, '2040-09-15T18:00:00'],
    ['or from when the policy began to require it, whichever is later', { requiredSince: NOW - DAY_MS }, '2040-09-16T18:00:00'],
    ['counts calendar days of the device', { firstSeenAt: Date.parse('2040-09-08T23:30:00Z'), requiredSince: 0 }, '2040-09-16T18:00:00'],
    ['and of another zone', { firstSeenAt: Date.parse('2040-09-08T23:30:00Z'), zone: 'America/Los_Angeles' }, '2040-09-15T18:00:00'],
    ['of a date is that date', { due: { kind: 'date', at: '2040-10-01T07:30:00' } }, '2040-10-01T07:30:00'],
    ['is never due before its notice and an hour', { due: { kind: 'days', days: 0, at: '18:00' } }, '2040-09-09T18:00:00'],
    ['of a past date is due at that hour after its notice', { due: { kind: 'date', at: '2040-01-01T07:30:00' } }, '2040-09-10T07:30:00'],
    ['due just when notice and hour are over stays', { due: { kind: 'date', at: '2040-09-09T11:00:00' } }, '2040-09-09T11:00:00'],
    ['due a second before is put off by a day', { due: { kind: 'date', at: '2040-09-09T10:59:59' } }, '2040-09-10T10:59:00'],
    ['waits for a longer notice', { noticeMs: 10 * DAY_MS }, '2040-09-18T18:00:00'],
  ] as [string, Partial<LineInput>, string][])('%s', (_, changes, expected) => {
    expect(lineOf(changes).dueLocal).toBe(expected);
  });

  // Europe/Berlin skips 02:00 to 03:00 on 31 March 2041 and has it twice on 27 October 2041.
  it.each([
    [
      'at an hour that is skipped is due when it would have been',
      '2041-03-24T08:00:00Z',
      7,
      '02:30',
      '2041-03-31T02:30:00',
      '2041-03-31T01:30:00Z',
    ],
    ['at an hour that comes twice is due at the first', '2041-10-20T08:00:00Z', 7, '02:30', '2041-10-27T02:30:00', '2041-10-27T00:30:00Z'],
    ['over a change of clocks keeps its hour', '2041-03-27T08:00:00Z', 7, '18:00', '2041-04-03T18:00:00', '2041-04-03T16:00:00Z'],
    ['over the end of a month', '2041-01-28T08:00:00Z', 7, '18:00', '2041-02-04T18:00:00', '2041-02-04T17:00:00Z'],
    ['to a leap day', '2044-02-22T08:00:00Z', 7, '18:00', '2044-02-29T18:00:00', '2044-02-29T17:00:00Z'],
    ['over a February without one', '2041-02-25T08:00:00Z', 7, '18:00', '2041-03-04T18:00:00', '2041-03-04T17:00:00Z'],
    ['over the end of a year', '2040-12-28T08:00:00Z', 7, '18:00', '2041-01-04T18:00:00', '2041-01-04T17:00:00Z'],
  ])('%s', (_, seen, days, at, dueLocal, dueAt) => {
    const firstSeenAt = Date.parse(seen);
    const line = lineOf({ firstSeenAt, requiredSince: 0, now: firstSeenAt, due: { kind: 'days', days, at } });
    expect([line.dueLocal, new Date(line.dueAt).toISOString().replace('.000', '')]).toEqual([dueLocal, dueAt]);
  });

  it('keeps the zone it was computed in and the policy’s words', () => {
    expect(lineOf({ zoneAssumed: true })).toMatchObject({
      zone: 'Europe/Berlin',
      zoneAssumed: true,
      dueSpec: '7 days at 18:00',
      writtenAt: NOW,
      clockStartAt: NOW - 2 * DAY_MS,
      dueAt: Date.parse('2040-09-15T16:00:00Z'),
    });
  });

  it('is, for any clock start, notice and zone, due at the policy’s hour and after the notice', () => {
    const zones = fc.constantFrom(
      'Europe/Berlin',
      'America/Los_Angeles',
      'Pacific/Kiritimati',
      'Pacific/Niue',
      'Asia/Kathmandu',
      'Australia/Lord_Howe',
      'UTC',
    );
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2060, 0) }),
        fc.integer({ min: 0, max: 90 }),
        fc.integer({ min: 0, max: 23 }),
        zones,
        (firstSeenAt, days, hour, zone) => {
          const at = `${String(hour).padStart(2, '0')}:00`;
          const line = lineOf({ firstSeenAt, requiredSince: 0, due: { kind: 'days', days, at }, zone });
          expect(line.dueLocal.slice(11)).toBe(`${at}:00`);
          expect(line.dueAt).toBeGreaterThanOrEqual(firstSeenAt + 25 * HOUR_MS);
          expect(line.dueAt).toBeLessThanOrEqual(firstSeenAt + Math.max(days + 1, 3) * DAY_MS + HOUR_MS);
        },
      ),
    );
  });
});

describe('the policy’s hour', () => {
  it.each([
    [{ kind: 'days', days: 3, at: '07:05' }, '07:05', '3 days at 07:05'],
    [{ kind: 'date', at: '2040-10-01T07:05:30' }, '07:05', 'date 2040-10-01T07:05:30'],
  ] as const)('of %o', (due, hour, spec) => {
    expect(timeOfDay(due)).toBe(hour);
    expect(dueSpec(due)).toBe(spec);
  });

  it.each([
    ['now is it', '2040-09-10T16:00:00Z', '2040-09-10T18:00:00'],
    ['a millisecond ago is tomorrow', '2040-09-10T16:00:00.001Z', '2040-09-11T18:00:00'],
    ['in the morning is today', '2040-09-10T00:00:00Z', '2040-09-10T18:00:00'],
    ['just past midnight there is today there', '2040-09-10T22:30:00Z', '2040-09-11T18:00:00'],
  ])('%s', (_, instant, expected) => {
    expect(nextTimeOfDay(Date.parse(instant), '18:00', 'Europe/Berlin')).toBe(expected);
  });

  it('comes within a day and an hour, never before, in any zone with any change of clocks', () => {
    const zones = fc.constantFrom(...Intl.supportedValuesOf('timeZone'));
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2040, 0) }),
        fc.integer({ min: 0, max: 1439 }),
        zones,
        (instant, minute, zone) => {
          const at = `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
          const next = nextTimeOfDay(instant, at, zone);
          expect(instantOf(next, zone)).toBeGreaterThanOrEqual(instant);
          expect(instantOf(next, zone)).toBeLessThanOrEqual(instant + 25 * HOUR_MS + 1_000);
          // What the device's clock shows then; a spring change may skip the minute, never the day.
          const shown = localOf(instantOf(next, zone), zone);
          expect(shown === next || shown.slice(0, 10) === next.slice(0, 10)).toBe(true);
        },
      ),
    );
  });
});
