import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DAY_MS, isLocalDateTime } from '../../src/time/local.ts';
import { isUtcDate, utcDateOf } from '../../src/time/utc-date.ts';

describe('utcDateOf', () => {
  it.each([
    [0, '1970-01-01'],
    [-1, '1969-12-31'],
    [DAY_MS - 1, '1970-01-01'],
    [Date.parse('2028-02-29T23:59:59.999Z'), '2028-02-29'],
    [Date.parse('2028-03-01T00:00:00Z'), '2028-03-01'],
    [Date.parse('2000-02-29T12:00:00Z'), '2000-02-29'],
    [Date.parse('2100-02-28T12:00:00Z') + DAY_MS, '2100-03-01'],
    [Date.parse('2026-12-31T23:59:59Z'), '2026-12-31'],
    [Date.parse('9999-12-31T23:59:59Z'), '9999-12-31'],
  ])('%d is %s', (instant, date) => {
    expect(utcDateOf(instant)).toBe(date);
  });

  it('agrees with the calendar of the runtime', () => {
    const instants = fc.integer({ min: Date.parse('0001-01-01T00:00:00Z'), max: Date.parse('9999-12-31T00:00:00Z') });
    fc.assert(
      fc.property(instants, (instant) => {
        expect(utcDateOf(instant)).toBe(new Date(instant).toISOString().slice(0, 10));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('isUtcDate', () => {
  it.each(['2026-2-01', '2026-02-30', '2026-00-10', '2026-13-01', '2026-01-00', '20260101', '2026-01-01T00:00:00Z', '', 'soon'])(
    '%j is none',
    (text) => {
      expect(isUtcDate(text)).toBe(false);
    },
  );

  it('agrees with the calendar', () => {
    const part = (max: number) => fc.integer({ min: 0, max }).map((n) => String(n).padStart(2, '0'));
    fc.assert(
      fc.property(fc.integer({ min: 1600, max: 2400 }), part(13), part(32), (year, month, day) => {
        const text = `${year}-${month}-${day}`;
        expect(isUtcDate(text)).toBe(isLocalDateTime(`${text}T00:00:00`));
      }),
      { numRuns: 2000 },
    );
  });
});
