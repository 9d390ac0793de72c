import fc from 'fast-check';
import { expect, it } from 'vitest';
import { rfc3339 } from '../../src/time/rfc3339.ts';

it.each([
  ['2026-11-20T10:00:00.999Z', '2026-11-20T10:00:00Z'],
  ['2026-12-31T23:59:59.000Z', '2026-12-31T23:59:59Z'],
  ['1969-12-31T23:59:59.001Z', '1969-12-31T23:59:59Z'],
  ['2028-02-29T00:00:00.000Z', '2028-02-29T00:00:00Z'],
])('%s is UTC, cut to the second', (instant, text) => {
  expect(rfc3339(Date.parse(instant))).toBe(text);
});

it('agrees with the runtime', () => {
  const instants = fc.integer({ min: Date.parse('0001-01-01T00:00:00Z'), max: Date.parse('9999-12-31T00:00:00Z') });
  fc.assert(
    fc.property(instants, (instant) => {
      expect(rfc3339(instant)).toBe(`${new Date(instant).toISOString().slice(0, 19)}Z`);
    }),
    { numRuns: 2000 },
  );
});
