import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, parseDuration } from '../../src/policy/duration.ts';

describe('durations', () => {
  it.each([
    ['90m', 90 * 60_000],
    ['24h', 86_400_000],
    ['7d', 7 * 86_400_000],
    ['2w', 14 * 86_400_000],
    ['1d12h', 36 * 3_600_000],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each(['', '24', 'h', '1.5h', '-1h', '24 h', '24H', '1y', '24h ', '999999h'])('refuses "%s"', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it.each([
    [24, '24h'],
    [72, '72h'],
    [168, '7d'],
    [100, '4d4h'],
  ])('%i hours are said as %s', (hours, text) => {
    expect(formatDuration(hours * 3_600_000)).toBe(text);
  });

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100_000 }), (minutes) => parseDuration(formatDuration(minutes * 60_000)) === minutes * 60_000),
    );
  });
});
