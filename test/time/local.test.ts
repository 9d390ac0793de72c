import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  DAY_MS,
  earliestInstantOf,
  HOUR_MS,
  instantOf,
  isLocalDateTime,
  isTimeZone,
  latestInstantOf,
  localDaysAfter,
  localOf,
  MINUTE_MS,
} from '../../src/time/local.ts';

/** Instants are written as UTC text in the tables, so that a reader can check them by hand. */
const utc = (text: string) => Date.parse(text);
const text = (instant: number) => new Date(instant).toISOString().replace('.000Z', 'Z');

describe('instantOf', () => {
  it.each([
    // Europe/Berlin: 02:00 → 03:00 on 29 March 2026, 03:00 → 02:00 on 25 October 2026.
    ['2026-03-29T01:59:59', 'Europe/Berlin', '2026-03-29T00:59:59Z'],
    ['2026-03-29T02:00:00', 'Europe/Berlin', '2026-03-29T01:00:00Z'],
    ['2026-03-29T02:30:00', 'Europe/Berlin', '2026-03-29T01:30:00Z'],
    ['2026-03-29T03:00:00', 'Europe/Berlin', '2026-03-29T01:00:00Z'],
    ['2026-10-25T01:59:59', 'Europe/Berlin', '2026-10-24T23:59:59Z'],
    ['2026-10-25T02:30:00', 'Europe/Berlin', '2026-10-25T00:30:00Z'],
    ['2026-10-25T03:00:00', 'Europe/Berlin', '2026-10-25T02:00:00Z'],
    // America/New_York: 02:00 → 03:00 on 8 March 2026, 02:00 → 01:00 on 1 November 2026.
    ['2026-03-08T02:30:00', 'America/New_York', '2026-03-08T07:30:00Z'],
    ['2026-11-01T01:30:00', 'America/New_York', '2026-11-01T05:30:00Z'],
    ['2026-11-01T02:00:00', 'America/New_York', '2026-11-01T07:00:00Z'],
    // Australia/Lord_Howe moves by half an hour: 02:00 → 02:30 on 4 October 2026, 02:00 → 01:30 on 5 April 2026.
    ['2026-10-04T02:15:00', 'Australia/Lord_Howe', '2026-10-03T15:45:00Z'],
    ['2026-10-04T02:30:00', 'Australia/Lord_Howe', '2026-10-03T15:30:00Z'],
    ['2026-04-05T01:45:00', 'Australia/Lord_Howe', '2026-04-04T14:45:00Z'],
    ['2026-04-05T02:00:00', 'Australia/Lord_Howe', '2026-04-04T15:30:00Z'],
    // Zones far from UTC, and a leap day.
    ['2026-12-01T18:00:00', 'Pacific/Kiritimati', '2026-12-01T04:00:00Z'],
    ['2026-12-01T18:00:00', 'Pacific/Pago_Pago', '2026-12-02T05:00:00Z'],
    ['2028-02-29T00:00:00', 'UTC', '2028-02-29T00:00:00Z'],
    ['2026-12-31T23:59:59', 'Asia/Kathmandu', '2026-12-31T18:14:59Z'],
  ])('%s in %s is %s', (local, zone, expected) => {
    expect(text(instantOf(local, zone))).toBe(expected);
  });

  it.each(['Europe/Atlantis', '', 'Mars/Olympus'])('throws RangeError on the zone %j', (zone) => {
    expect(() => instantOf('2026-12-01T18:00:00', zone)).toThrow(RangeError);
  });
});

describe('localOf', () => {
  it.each([
    ['2026-03-29T00:59:59Z', 'Europe/Berlin', '2026-03-29T01:59:59'],
    ['2026-03-29T01:00:00Z', 'Europe/Berlin', '2026-03-29T03:00:00'],
    ['2026-10-25T00:30:00Z', 'Europe/Berlin', '2026-10-25T02:30:00'],
    ['2026-10-25T01:30:00Z', 'Europe/Berlin', '2026-10-25T02:30:00'],
    ['2026-10-03T15:30:00Z', 'Australia/Lord_Howe', '2026-10-04T02:30:00'],
    ['2026-01-01T00:00:00.999Z', 'UTC', '2026-01-01T00:00:00'],
    ['1969-12-31T23:59:59.500Z', 'UTC', '1969-12-31T23:59:59'],
  ])('%s in %s shows %s', (instant, zone, expected) => {
    expect(localOf(utc(instant), zone)).toBe(expected);
  });

  it('throws RangeError on an unknown zone', () => {
    expect(() => localOf(0, 'Europe/Atlantis')).toThrow(RangeError);
  });
});

const zones = fc.constantFrom(
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'Pacific/Apia',
  'Asia/Kathmandu',
  'America/Sao_Paulo',
  'Africa/Casablanca',
);
const from = Date.parse('2020-01-01T00:00:00Z');
const seconds = fc.integer({ min: 0, max: (20 * 366 * DAY_MS) / 1000 }).map((s) => from + s * 1000);

/** True when the clock shows this instant's wall time a second time, or showed it before: within any zone's largest step. */
function isRepeated(instant: number, zone: string): boolean {
  const shown = localOf(instant, zone);
  for (let step = 15 * MINUTE_MS; step <= 3 * HOUR_MS; step += 15 * MINUTE_MS) {
    if (localOf(instant - step, zone) === shown || localOf(instant + step, zone) === shown) return true;
  }
  return false;
}

describe('round trips', () => {
  it('instantOf ∘ localOf is the identity outside overlaps, and the first occurrence inside', () => {
    let repeated = 0;
    const nearChanges = fc.tuple(fc.integer({ min: -7200, max: 7200 }), fc.constantFrom('2026-10-25T01:00:00Z', '2027-10-31T01:00:00Z'));
    const instants = fc.oneof(
      fc.record({ instant: seconds, zone: zones }),
      nearChanges.map(([offset, change]) => ({ instant: utc(change) + offset * 1000, zone: 'Europe/Berlin' })),
    );

    fc.assert(
      fc.property(instants, ({ instant, zone }) => {
        const back = instantOf(localOf(instant, zone), zone);

        if (isRepeated(instant, zone)) {
          repeated += 1;
          expect(back).toBeLessThanOrEqual(instant);
          expect(localOf(back, zone)).toBe(localOf(instant, zone));
        } else {
          expect(back).toBe(instant);
        }
      }),
      { numRuns: 300, seed: 20_261_120 },
    );

    expect(repeated).toBeGreaterThan(0);
  });

  it('a wall time has passed in every zone between its earliest and its latest instant', () => {
    fc.assert(
      fc.property(seconds, zones, (instant, zone) => {
        const local = localOf(instant, zone);

        expect(earliestInstantOf(local)).toBeLessThanOrEqual(instantOf(local, zone));
        expect(latestInstantOf(local)).toBeGreaterThanOrEqual(instantOf(local, zone));
      }),
    );
  });
});

it('the span of unknown zones is 26 hours', () => {
  const local = '2026-12-01T18:00:00';

  expect(text(earliestInstantOf(local))).toBe('2026-12-01T04:00:00Z');
  expect(text(latestInstantOf(local))).toBe('2026-12-02T06:00:00Z');
});

describe('localDaysAfter', () => {
  it.each([
    ['2026-11-20T10:00:00Z', 14, '18:00', 'Europe/Berlin', '2026-12-04T18:00:00'],
    ['2026-11-20T10:00:00Z', 0, '08:30', 'Europe/Berlin', '2026-11-20T08:30:00'],
    // The local date counts, not the UTC one.
    ['2026-11-20T23:30:00Z', 1, '18:00', 'Europe/Berlin', '2026-11-22T18:00:00'],
    ['2026-11-20T03:00:00Z', 1, '18:00', 'America/New_York', '2026-11-20T18:00:00'],
    // Month ends, leap day, year end.
    ['2026-01-31T12:00:00Z', 1, '18:00', 'UTC', '2026-02-01T18:00:00'],
    ['2028-02-28T12:00:00Z', 1, '18:00', 'UTC', '2028-02-29T18:00:00'],
    ['2027-02-28T12:00:00Z', 1, '18:00', 'UTC', '2027-03-01T18:00:00'],
    ['2026-12-25T12:00:00Z', 10, '18:00', 'UTC', '2027-01-04T18:00:00'],
    // Calendar days, not 24 hours: across both changes of the clock.
    ['2026-03-28T12:00:00Z', 1, '18:00', 'Europe/Berlin', '2026-03-29T18:00:00'],
    ['2026-10-24T12:00:00Z', 2, '18:00', 'Europe/Berlin', '2026-10-26T18:00:00'],
    ['2026-03-28T12:00:00Z', 1, '02:30', 'Europe/Berlin', '2026-03-29T02:30:00'],
  ])('%s plus %d days at %s in %s is %s', (instant, days, timeOfDay, zone, expected) => {
    expect(localDaysAfter(utc(instant), days, timeOfDay, zone)).toBe(expected);
  });
});

describe('isTimeZone', () => {
  it.each(['UTC', 'Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Asia/Kathmandu'])('%s is one', (zone) => {
    expect(isTimeZone(zone)).toBe(true);
  });

  it.each(['', 'Europe/Atlantis', 'Berlin', 'local', ' Europe/Berlin', 'Europe/Berlin; x', '+02:00', '-0530'])('%j is none', (zone) => {
    expect(isTimeZone(zone)).toBe(false);
  });
});

it.each(['UTC+2', 'GMT+2', 'EST5EDT', 'Etc/GMT-2', 'europe/berlin', 'Australia/lord_howe'])(
  '%j: what isTimeZone accepts can be converted, the rest throws RangeError',
  (zone) => {
    const convert = () => instantOf('2026-12-01T18:00:00', zone);

    if (isTimeZone(zone)) expect(convert()).toEqual(expect.any(Number));
    else expect(convert).toThrow(RangeError);
  },
);

describe('isLocalDateTime', () => {
  it.each([
    ['2026-12-01T18:00:00', true],
    ['2028-02-29T00:00:00', true],
    ['2027-02-29T00:00:00', false],
    ['2026-02-30T18:00:00', false],
    ['2026-13-01T18:00:00', false],
    ['2026-12-01T24:00:00', false],
    ['2026-12-01T18:00', false],
    ['2026-12-01T18:00:00Z', false],
    ['2026-12-01T18:00:00.5', false],
    ['2026-12-01 18:00:00', false],
    ['', false],
  ])('%j: %s', (value, expected) => {
    expect(isLocalDateTime(value)).toBe(expected);
  });
});
