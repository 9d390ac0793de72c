import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WEEKDAYS, type Window } from '../../src/policy/policy.types.ts';
import { DEFAULT_WINDOWS, nextOpeningAt, openingAt } from '../../src/policy/windows.ts';
import { HOUR_MS, MINUTE_MS } from '../../src/time/local.ts';

const BERLIN = 'Europe/Berlin';
const at = (text: string) => Date.parse(text);

describe('windows of install commands', () => {
  it.each([
    ['before it opens', '2040-09-10T00:59:59+02:00', undefined],
    ['as it opens', '2040-09-10T01:00:00+02:00', '2040-09-10T05:00:00+02:00'],
    ['as it closes', '2040-09-10T05:00:00+02:00', undefined],
  ])('the default one, %s', (_, now, closes) => {
    expect(openingAt(DEFAULT_WINDOWS, at(now), BERLIN)?.closesAt).toBe(closes && at(closes));
  });

  it('is on the device’s clock, or on one for all', () => {
    const now = at('2040-09-10T02:00:00+02:00');
    expect(openingAt(DEFAULT_WINDOWS, now, 'America/New_York')).toBeUndefined();
    const fixed: Window[] = [{ days: [...WEEKDAYS], from: '01:00', to: '05:00', zone: BERLIN }];
    expect(openingAt(fixed, now, 'America/New_York')?.opensAt).toBe(at('2040-09-10T01:00:00+02:00'));
  });

  it('over midnight belongs to the day it begins on', () => {
    const night: Window[] = [{ days: ['fri'], from: '22:00', to: '06:00', zone: 'device' }];
    // 2040-09-14 is a Friday.
    expect(openingAt(night, at('2040-09-15T03:00:00+02:00'), BERLIN)?.opensAt).toBe(at('2040-09-14T22:00:00+02:00'));
    expect(openingAt(night, at('2040-09-14T03:00:00+02:00'), BERLIN)).toBeUndefined();
    expect(nextOpeningAt(night, at('2040-09-15T06:00:00+02:00'), BERLIN)).toBe(at('2040-09-21T22:00:00+02:00'));
  });

  it('is an hour shorter in the night of the spring change and longer in autumn', () => {
    const of = (now: string) => openingAt(DEFAULT_WINDOWS, at(now), BERLIN);
    const lengthOf = (opening: ReturnType<typeof of>) => (opening ? opening.closesAt - opening.opensAt : 0) / HOUR_MS;
    expect(lengthOf(of('2027-03-28T01:30:00+01:00'))).toBe(3);
    expect(lengthOf(of('2027-10-31T01:30:00+02:00'))).toBe(5);
  });

  it('there is always a next one, later than now and within eight days, and it is open as it opens', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: at('2026-01-01T00:00:00Z'), max: at('2030-01-01T00:00:00Z') }),
        fc.constantFrom(BERLIN, 'America/New_York', 'Pacific/Kiritimati', 'Asia/Kathmandu', 'Australia/Lord_Howe'),
        fc.subarray([...WEEKDAYS], { minLength: 1 }),
        (now, zone, days) => {
          const windows: Window[] = [{ days, from: '23:30', to: '02:00', zone: 'device' }];
          const next = nextOpeningAt(windows, now, zone);
          expect(next).toBeGreaterThan(now);
          expect((next ?? 0) - now).toBeLessThanOrEqual(8 * 24 * HOUR_MS);
          expect(openingAt(windows, (next ?? 0) + MINUTE_MS, zone)?.opensAt).toBe(next);
        },
      ),
      { numRuns: 100 },
    );
  });
});
