import { describe, expect, it } from 'vitest';
import type { Enforcement } from '../../src/decide/manifest.ts';
import { quietSince, wasQuietForLong } from '../../src/decide/silent-date.ts';
import { newEnrollment } from '../../src/enrollment/state.ts';
import { DAY_MS, HOUR_MS } from '../../src/time/local.ts';
import { NOW } from './builders.ts';

const held = { identifier: 'ratchet.enforcement.1', latestAt: NOW } as Enforcement;
const seen = (lastSeenAt: number, fullReportAt = 0) => ({ ...newEnrollment('D1', 'Device'), lastSeenAt, fullReportAt });

describe('a device that is quiet after its date', () => {
  it.each([
    ['seen before the date alone', seen(NOW - 1), undefined],
    ['seen after it', seen(NOW + HOUR_MS), { identifier: held.identifier, since: NOW + DAY_MS }],
    ['seen after it, and reported since', seen(NOW + HOUR_MS, NOW + 1), undefined],
  ])('%s', (_what, enrollment, expected) => {
    expect(quietSince(held, enrollment, undefined, NOW + DAY_MS)).toEqual(expected);
  });

  it('has been so since it was first seen, for this date', () => {
    const before = { identifier: held.identifier, since: NOW + 1 };
    expect(quietSince(held, seen(NOW + HOUR_MS), before, NOW + DAY_MS)).toBe(before);
    expect(quietSince(held, seen(NOW + HOUR_MS), { ...before, identifier: 'another' }, NOW + DAY_MS)?.since).toBe(NOW + DAY_MS);
  });

  it.each([
    // Back from a weekend: it would report within minutes, and got a date after the next weekend instead, week after week.
    ['first seen now, days after its date', 3 * DAY_MS, seen(NOW + 3 * DAY_MS), NOW + 3 * DAY_MS, false],
    ['first seen a day ago, and not since', 4 * DAY_MS, seen(NOW + 3 * DAY_MS), NOW + 3 * DAY_MS, false],
    ['first seen a day ago, and an hour later', 4 * DAY_MS, seen(NOW + 3 * DAY_MS + HOUR_MS), NOW + 3 * DAY_MS, true],
    ['first seen less than a day ago', 4 * DAY_MS - 1, seen(NOW + 4 * DAY_MS - 1), NOW + 3 * DAY_MS, false],
    ['that reported meanwhile', 4 * DAY_MS, seen(NOW + 4 * DAY_MS, NOW + 3 * DAY_MS), NOW + 3 * DAY_MS, false],
  ])('%s', (_what, afterMs, enrollment, since, expected) => {
    expect(wasQuietForLong(held, enrollment, { identifier: held.identifier, since }, NOW + afterMs)).toBe(expected);
  });
});
